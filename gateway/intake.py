"""Documents that people hand in: taken as an agency's are, and kept with the case before anything counts on them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import structs

from contracts.contract import JsonSchema
from contracts.documents import document_fields, documents_among
from contracts.ids import CaseId, StepName
from contracts.problems import Mistake
from gateway.acts import FILLED_IN, ActBody
from gateway.parts import Parts
from gateway.problems import FormInvalid
from workflows.agencies.documents import take_documents
from workflows.core.state import CaseState


class Intake:
    """Takes documents out of what an officer or an operator gives."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._journal, self._fetch = parts.journal, parts.checks.fetch

    async def taken(
        self, case: CaseId, given: Mapping[str, Any], schema: JsonSchema, check: Callable[[Any], list[Mistake]]
    ) -> tuple[dict[str, Any], list[Mistake]]:
        """Give what stands after the documents in `given` were kept, and every mistake: with one, nothing was kept.

        A document is `bytes` or a `link`, or described as one that the case has.

        Raises:
            DocumentUnreachable: a link gives nothing now.
            JournalUnavailable: it cannot be kept.

        """
        output, mistakes, contents = await self.judged(case, given, schema, check)
        if not mistakes:
            for content in contents:
                await self._journal.keep_document(case, content)
        return output, mistakes

    async def judged(
        self, case: CaseId, given: Mapping[str, Any], schema: JsonSchema, check: Callable[[Any], list[Mistake]]
    ) -> tuple[dict[str, Any], list[Mistake], tuple[bytes, ...]]:
        """Give the same as `taken`, and the documents' contents: nothing of them is kept yet. Raises as `taken`."""
        whole = dict(given)
        for name, document in documents_among(given, document_fields(schema)).items():
            content = await self._journal.document(case, document.digest)
            if content is not None:
                # Judged as if it came anew: whoever describes a document does not say what it is.
                whole[name] = {**given[name], "bytes": b64encode(content).decode()}
        taken = await take_documents(whole, schema, self._fetch)
        places = {f"/{name}": wrong for name, wrong in taken.mistakes.items()}
        others = [found for found in check(taken.output) if "/".join(found.pointer.split("/")[:2]) not in places]
        mistakes = [*(Mistake(place, _sentence(wrong)) for place, wrong in places.items()), *others]
        return taken.output, mistakes, taken.contents

    async def corrected(self, state: CaseState, answers: dict[str, Any]) -> dict[str, Any]:
        """Give changed answers of a form whose documents were kept, if it is documents that are asked again.

        Raises:
            FormInvalid: a document is none that is taken.

        """
        schema = state.plan.published.plan.form
        asked = {pointer for _, _, entry in state.currents() if entry.correcting for pointer in entry.correctable}
        given = [f"/{name}" for name in document_fields(schema) if answers.get(name) is not None]
        if not given or not asked.issuperset(given):
            return answers  # what is not asked is not kept: the core says so
        values, mistakes = await self.taken(state.case, answers, schema, lambda _: [])
        if mistakes:
            raise FormInvalid("The corrected form has mistakes.", mistakes)
        return values

    async def acted(self, state: CaseState, body: ActBody) -> ActBody:
        """Give an act whose documents were kept, if it gives any. Raises FormInvalid with every mistake in it."""
        step, name = state.plan.steps.get(StepName(body.step)), FILLED_IN.get(body.act, "")
        if step is None or not name:
            return body
        asks = (step.contract.input, step.check_input, body.input)
        schema, check, given = asks if name == "input" else (step.contract.output, step.check_output, body.output)
        if not document_fields(schema):
            return body
        values, mistakes = await self.taken(state.case, given or {}, schema, check)
        if mistakes:
            placed = [Mistake(f"/{name}{mistake.pointer}", mistake.detail) for mistake in mistakes]
            raise FormInvalid("What is given has mistakes.", placed)
        return structs.replace(body, **{name: values})


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
