"""Reading bodies: what passes, and where the pointers of mistakes lead."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from msgspec import Struct

from gateway.bodies import LONGEST_NAME, MOST_VALUES, QUICK_S, media_type, parse_object, pointer_of, read_body, take
from gateway.limits import Slots
from gateway.problems import BodyTooLarge, BodyUnreadable, FormInvalid, MediaTypeUnsupported, Overloaded


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_a_body_comes_whole_however_it_was_cut() -> None:
    assert await read_body(chunks(b'{"a"', b": 1}"), {}) == b'{"a": 1}'


@pytest.mark.parametrize("declared", ["2000000", "9" * 30])
async def test_a_body_that_declares_too_much_is_not_even_read(declared: str) -> None:
    with pytest.raises(BodyTooLarge):
        await read_body(chunks(), {"content-length": declared})


async def test_a_body_that_grows_too_large_is_cut_off() -> None:
    with pytest.raises(BodyTooLarge):
        await read_body(chunks(b"a" * 10, b"a"), {"content-length": "5"}, largest=10)


async def test_a_body_that_never_ends_is_given_up() -> None:
    async def silent() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    with pytest.raises(BodyUnreadable, match="not complete"):
        await read_body(silent(), {}, slowest_s=0.01)


async def slowly() -> AsyncIterator[bytes]:
    for _ in range(3):
        yield b"a"
        await asyncio.sleep(QUICK_S / 2)


@pytest.mark.looptime
async def test_a_slow_body_holds_a_place_of_the_slow_ones_as_long_as_it_is_read() -> None:
    slots = Slots(1, "places")
    seen: list[int] = []

    async def watched() -> AsyncIterator[bytes]:
        async for part in slowly():
            seen.append(slots.taken)
            yield part

    assert await read_body(watched(), {}, slow=slots.one) == b"aaa"
    assert (seen, slots.taken) == ([0, 0, 1], 0)


@pytest.mark.looptime
async def test_a_slow_body_without_a_place_is_not_waited_for() -> None:
    slots, loop = Slots(1, "places"), asyncio.get_running_loop()
    begun = loop.time()
    with slots.one(), pytest.raises(Overloaded):
        await read_body(slowly(), {}, slow=slots.one)
    assert loop.time() - begun == pytest.approx(QUICK_S)


async def test_a_body_that_is_there_takes_no_place_of_the_slow_ones() -> None:
    slots = Slots(1, "places")
    with slots.one():
        assert await read_body(chunks(b"a"), {}, slow=slots.one) == b"a"


def test_what_json_allows_is_read_as_it_is() -> None:
    body = '{"a": [1, -2.5e3, true, null, "é \\ud83d\\ude00 \\" [{"], "b": {"a": 1}, "c": {"a": 9007199254740991}}'
    assert parse_object(body.encode()) == {
        "a": [1, -2500.0, True, None, 'é 😀 " [{'],
        "b": {"a": 1},
        "c": {"a": 9007199254740991},
    }


def test_as_many_values_and_as_long_a_name_as_may_be_are_read() -> None:
    name, commas = "n" * LONGEST_NAME, "," * MOST_VALUES
    items = ",".join(["1"] * (MOST_VALUES - 2))
    assert parse_object(f'{{"{name}": [{items},"{commas}"]}}'.encode())[name][-1] == commas


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (f'{{"a": [{",".join(["1"] * MOST_VALUES)}]}}', "5,000 members and items"),
        (f'{{"a": [{",".join(["[]"] * MOST_VALUES)}]}}', "5,000 members and items"),
        (f'{{"{"n" * (LONGEST_NAME + 1)}": 1}}', "200 characters"),
    ],
    ids=["items", "lists", "name"],
)
def test_more_values_than_are_looked_at_are_refused(body: str, told: str) -> None:
    with pytest.raises(BodyUnreadable, match=told):
        parse_object(body.encode())


def test_sixty_four_levels_are_read() -> None:
    value = parse_object(b'{"a": ' + b"[" * 63 + b"]" * 63 + b"}")
    assert "a" in value


def test_brackets_inside_of_texts_are_no_levels() -> None:
    assert parse_object(b'{"a": "' + b"[" * 500 + b'"}') == {"a": "[" * 500}


@pytest.mark.parametrize("body", [b'{"a": "' + b'\\"' * 500_000, b'"' * 1_000_000, b"[" * 1_000_000])
def test_no_body_takes_long_to_refuse(body: bytes) -> None:
    started = time.process_time()
    with pytest.raises(BodyUnreadable):
        parse_object(body)
    assert time.process_time() - started < 1


def test_a_doubled_name_that_could_be_somebodys_is_not_repeated_in_the_message() -> None:
    with pytest.raises(BodyUnreadable) as caught:
        parse_object(b'{"Siti Contoh": 1, "Siti Contoh": 2}')
    assert "Siti" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "kind"),
    [("application/json", "application/json"), ('Application/JSON; charset="UTF-8"', "application/json")],
)
def test_the_media_type_is_read_as_it_may_be_written(given: str, kind: str) -> None:
    assert media_type({"content-type": given}, frozenset({"application/json"})) == kind


def test_a_missing_media_type_says_what_to_send() -> None:
    with pytest.raises(MediaTypeUnsupported, match="Send Content-Type: application/json"):
        media_type({}, frozenset({"application/json"}))


class Shape(Struct, forbid_unknown_fields=True):
    """What the body should be."""

    name: str
    items: list[int] = []


def test_a_wrong_shape_is_told_with_a_pointer() -> None:
    with pytest.raises(FormInvalid) as caught:
        take({"name": "x", "items": [1, "two"]}, Shape)
    assert caught.value.errors[0].pointer == "/items/1"


@pytest.mark.parametrize(
    ("path", "pointer"), [("", ""), ("$", ""), ("$.a", "/a"), ("$.a[0].b", "/a/0/b"), ("$.a/b~c", "/a~1b~0c")]
)
def test_a_path_becomes_a_pointer(path: str, pointer: str) -> None:
    assert pointer_of(path) == pointer
