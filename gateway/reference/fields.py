"""What each field of a contract, a plan and an agreement's terms is for; `gateway.cli.reference` makes a page of it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from contracts import calendar, connection, contract, plan
from contracts.agreement import Instrument, Signatory
from workflows.loading.agreements import Terms

Meanings = dict[str, str]

CONTRACT_FIELDS: Final[dict[type[Struct], Meanings]] = {
    contract.Contract: {
        "agency": "whose promise it is",
        "contract": "its name, a verb and what it is done to",
        "version": "a changed promise is a new version; plans ask for its first number",
        "title": "for people",
        "purpose": "the processing activity for which the input is read; it travels with every ask",
        "legal_basis": "the law that lets the agency do this",
        "basis": "on what the reading rests; only `consent` would ask for a tick",
        "retention": "how long the agency keeps what it was given",
        "reads": "the data class of every input field, no more and no less",
        "input": "what the agency is asked with: JSON Schema, `additionalProperties: false`",
        "output": "what it contributes; at a desk, the officer's form is made of it",
        "effect": "`none` is a check, `reversible` can be taken back, `final` cannot",
        "promise": "how soon it answers",
        "connection": "how its system, or its desk, is reached",
        "onward": "output fields that other agencies may be given",
        "confirms": "input fields of which it says after issue whether they are still so, never what it has instead",
        "undo": "how a contribution is taken back; exactly when the effect is reversible",
        "lookup": "the agency can say what it holds under a key; used for announced answers that do not come",
        "refusals": "the closed list of ways to say no",
        "deemed": "what the law grants on silence",
        "attempts": "how an ask that was not heard is repeated",
        "limits": "what the agency's system bears",
        "examples": "inputs with what comes of them; they must be valid",
    },
    contract.Refusal: {
        "title": "why not, for people",
        "correct": "input fields that the applicant may correct",
        "within": "until when; the plan's `correction_within` where it is left out",
        "legal_basis": "the law behind the no",
        "objection": "where and until when to object",
    },
    contract.Objection: {
        "where": "office, address, page",
        "within": "counted from the refusal",
        "legal_basis": "the law that gives the right to object",
    },
    contract.Undoing: {
        "by": "its system, or its officers at the desk",
        "within": "after the contribution; later an undo is not sent any more",
        "legal_basis": "the law that lets it be taken back",
    },
    contract.Promise: {
        "within": "from the first ask on; it stands still while the applicant corrects and while the ask is held back. "
        "Working days: by the plan's calendar",
        "on_deadline": "`escalate`: an incident, the agency is still waited for; `exhaust`: an incident, waiting ends; "
        "`deemed`: the law grants it, counted from the receipt",
    },
    contract.Deemed: {
        "legal_basis": "the law that grants it",
        "counts_from": "from when on the agency's silence counts",
        "output": "what is then taken as contributed",
    },
    contract.Attempts: {
        "first_wait": "before the second attempt",
        "factor": "by which each wait is longer than the one before",
        "longest_wait": "no wait is longer",
        "give_up_after": "counted from the first attempt, without the time held back; then the step is an incident, "
        "and a late answer still counts",
    },
    contract.Limits: {
        "rate": "calls in a time: `50/s`, `100/min`, `1000/h`; more wait their turn",
        "in_flight": "attempts at once; more wait their turn",
        "maintenance": "windows in which nothing is sent: `Sun 22:00-24:00 Asia/Jakarta`, or `daily`, or on a date",
    },
    contract.WireConnection: {
        "url": "of its system; `/asks`, `/undos` and `/lookups` are below it",
        "deadline": "of one attempt",
    },
    connection.OpenApiConnection: {
        "document": "its OpenAPI document (3.0 or 3.1, YAML or JSON), a path from this file on",
        "repeat": "the truth about an ask that arrives twice: `{by_key: HEADER}`, `harmless`, `lookup_first`, `never`",
        "ask": "the operation that does the work, and what its answers mean",
        "url": "where its API is; the document's first server where it is left out",
        "undo": "the operation that takes the work back",
        "lookup": "the operation that says what it holds for an ask",
        "poll": "the operation that says how an accepted ask stands; `lookup` where it is left out",
        "auth": "how we prove who we are, each with its `kind`",
        "tls": "certificates",
        "proxy": "the secret that holds a proxy's address, `http://user:password@host:port`",
        "deadline": "of one attempt, fetching a token included",
    },
    connection.BoundOperation: {
        "operation": "an operationId, or a method and a path",
        "parameters": "values of the parameters that the document names; from `input`, `case` and `ask`, and in an "
        "`undo`, `lookup` or `poll` also from `output` and `ticket`",
        "headers": "values of further headers",
        "body": "the body: a value, or groups and lists of values",
        "outcomes": "what answers mean: the first whose `when` is true. What none fits means what its status means",
    },
    connection.BoundOutcome: {
        "when": "CEL over `status`, `body`, `headers` and what the request could read; left out: any 2xx",
        "contribute": "what is contributed: for each field a value, or one value that is the whole",
        "refuse": "the code of the refusal; of an undo, any code",
        "return": "the inputs that must change: sent back for correction",
        "accepted": "received, the answer follows: a value that is the ticket",
        "undone": "it was taken back",
        "nothing_held": "of a lookup: nothing is held now",
        "fail": "no answer yet: it is asked again as `repeat` allows",
        "exhaust": "no answer, and asking again cannot help: a person looks",
        "text": "the agency's words for the applicant",
    },
    connection.ApiKeyAuth: {
        "in": "`header`, `query` or `cookie`",
        "name": "of the header, parameter or cookie",
        "key": "the key",
    },
    connection.BasicAuth: {
        "user": "the user's name",
        "password": "the password",
    },
    connection.BearerAuth: {
        "token": "the token",
    },
    connection.ClientCredentials: {
        "token_url": "where tokens are fetched, by client credentials",
        "client_id": "who we are there",
        "client_secret": "what proves it",
        "scopes": "what is asked for",
        "audience": "whom the token is for, where the server wants to know",
        "client_in": "where id and secret travel: the `header` of a basic login, or the `body`",
    },
    connection.Tls: {
        "certificate": "ours, with its chain",
        "key": "its private key, without a password",
        "ca": "whom to trust in place of the machine's list",
    },
    connection.Secret: {
        "secret": "its name. The operator sets `GAPURA_SECRET_NAME`, or puts a file into the folder of secrets",
        "expires": "the day after which it is not valid any more; `gapura doctor` warns 30 days before",
    },
    connection.ByKey: {
        "by_key": "the header",
    },
    contract.PullConnection: {
        "lease": "how long a worker may be silent about what it has fetched; a heartbeat begins it anew",
        "deadline": "of one attempt: until it is fetched, and from then on until it is answered",
    },
    contract.DeskConnection: {
        "second_officer": "which decisions another officer confirms before they count: `refusals`, or `all`",
    },
    contract.Example: {
        "title": "what it shows",
        "input": "an ask",
        "output": "what is contributed",
        "refusal": "or the code of the refusal",
    },
}
"""A contract and what is in it, in the order of the page."""

PLAN_FIELDS: Final[dict[type[Struct], Meanings]] = {
    plan.Plan: {
        "service": "the name of the joint service, in addresses too",
        "version": "cases stay on the version that they began with",
        "title": "for people",
        "life_event": "the event in a person's life that it belongs to",
        "lead": "the agency that answers for the whole",
        "promise": "what the service promises the applicant",
        "form": "ONE form: JSON Schema, with `x-ui` for people ([forms](forms.md))",
        "steps": "what is asked of whom; the names go into addresses, keys and references",
        "output": "the joint output",
        "description": "what one gets, for the catalogue",
        "legal_basis": "the law behind the service",
        "counter": "the procedure that it replaces",
        "calendar": "by which working days are counted; without it Monday to Friday ([calendars](#a-calendar))",
        "correction_within": "how long an applicant has to correct, where the refusal does not say",
        "facts": "facts that agencies keep in step after issue ([facts](plans.md#facts-kept-in-step))",
    },
    plan.Step: {
        "ask": "the contract; resolved and pinned when the plan is published",
        "service": "in place of `ask`: another joint service, as `service@major`, in a case of its own",
        "applicant": "in place of `ask`: what the applicant is to do",
        "publish": "of a `wait`: what everybody may see, so that others may object; `{}`: the case's number alone",
        "decide_within": "of a `wait` that publishes: how soon the lead decides an objection; else `5 working days`",
        "wait": "in place of `ask`: how long nothing happens, or `{until: …}`",
        "in": "what the agency gets, exactly: references, `{const: …}`, `{cel: …}`",
        "after": "steps to wait for without needing their data",
        "when": "CEL: the step is skipped where it is false",
        "otherwise": "the values of a step that was skipped, or is optional and gave nothing",
        "optional": "the output can be issued without it, and says why it is missing",
        "conditional_on": "another step, without whose contribution this one is taken back",
        "legal_basis": "the law behind `conditional_on`",
        "title": "what people call the step, where its contract's title does not tell it from another one",
        "each": "a list: it is asked once for each of its items ([items](plans.md#a-step-for-each-item-of-a-list))",
        "as": "the name by which the step's expressions read an item",
        "key": "what names an item: a reference into it",
        "at_once": "how many items are asked at the same time",
        "partial": "one item's refusal leaves the others as they are",
    },
    plan.ApplicantTask: {
        "page": "`questions`, `confirm` or `upload` (documents): how the page is worded; or `pay`",
        "form": "what is answered: JSON Schema as the plan's own form, documents included; a payment has none",
        "within": "afterwards the step is refused (`expired`)",
        "amount": "of a payment, in whole rupiah: a reference, `{const: 150000}` or a formula",
        "payee": "to whom it is paid, in both languages",
        "legal_basis": "what the payment rests on",
    },
    plan.Until: {
        "until": "a date (its beginning in the calendar's zone) or a time with its zone: a reference, or a formula",
    },
    plan.ServicePromise: {
        "within": "the whole service",
        "fee": "what the applicant pays; `0 IDR`: it is free; left out: nothing is stated, and no page calls it free",
    },
    plan.Output: {
        "title": "of the joint output",
        "holder": "whom it is for: values, shown by these names",
        "parts": "for each step the fields of its contribution that are shown, under which names",
        "valid_for": "so long after it was issued it is valid no more, and may be "
        "[renewed](plans.md#an-output-that-ends); left out: it has no end",
    },
    plan.Counter: {
        "visits": "to counters",
        "days": "from the first visit to the last paper",
        "forms": "filled in",
        "fields": "filled in, all forms together",
        "source": "who measured it; without it: declared, unverified",
        "measured_on": "when",
    },
    plan.Fact: {
        "authority": "the step whose agency decides",
        "value": "a reference to it",
        "holders": "steps whose agencies hold a copy: they read just this value, and their contracts confirm it",
        "purpose": "of comparing; its own, not that of the ask",
        "legal_basis": "the law that lets it be compared",
        "title": "for people, on the page where it is asked",
        "every": "after so many days it is asked again by itself; left out: only when an operator asks",
    },
}
"""A plan and what is in it, in the order of the page."""

CALENDAR_FIELDS: Final[dict[type[Struct], Meanings]] = {
    calendar.Calendar: {
        "calendar": "its name, which plans say; the file is called by it",
        "title": "for people",
        "zone": "in which its hours are: a zone of the IANA database",
        "week": "the working hours",
        "region": "whose holidays are taken over, as the library `holidays` knows them",
        "holidays": "by date, what is free besides, with its name",
        "working": "by date, the hours of a day that is worked although it would be free",
        "legal_basis": "the law behind the hours",
    },
    calendar.Week: {
        "mon": "Monday",
        "tue": "Tuesday",
        "wed": "Wednesday",
        "thu": "Thursday",
        "fri": "Friday",
        "sat": "Saturday",
        "sun": "Sunday; a day without hours is one of rest",
    },
    calendar.Region: {
        "country": "ISO 3166-1: `ID`",
        "subdivision": "a part of it that has holidays of its own, as the library names it",
        "categories": "kinds of holidays; in Indonesia `government` is joint leave (*cuti bersama*)",
    },
}
"""A calendar and what is in it, in the order of the page."""

TERMS_FIELDS: Final[dict[type[Struct], Meanings]] = {
    Terms: {
        "instrument": "the legal instrument that the agreement rests on",
        "data_rights_contact": "to whom people turn about their data",
        "valid_from": "RFC 3339, with its zone",
        "valid_until": "RFC 3339, with its zone",
        "signatories": "who signs for which agency",
        "exhausted_owner": "who answers when an agency does not; the lead where it is left out",
    },
    Instrument: {
        "kind": "PKS (perjanjian kerja sama) or SK (surat keputusan)",
        "number": "as it is filed",
        "date": "of the instrument",
        "digest": "of its file",
    },
    Signatory: {
        "agency": "of the plan",
        "name": "of the person",
        "office": "that the person holds",
        "mandate": "by which the person may sign",
    },
}
"""What `gapura agreement propose --terms` reads."""
