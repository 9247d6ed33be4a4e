"""Connect an agency's system to a Gapura gateway: one function for each contract."""

from gapura_agency.after_issue import NotTaken
from gapura_agency.agency import Agency, FunctionMissing
from gapura_agency.asked import (
    Accept,
    Ask,
    Given,
    Notice,
    NotNow,
    Question,
    Refuse,
    SendBack,
    Undo,
    accept,
    refuse,
    send_back,
)
from gapura_agency.contracts import Contract, ContractUnusable
from gapura_agency.documents import Document
from gapura_agency.exchange import Fields, Request, Response, Unheard
from gapura_agency.gateway import Gateway, GatewayPort
from gapura_agency.keys import KeyUnusable, SigningKey
from gapura_agency.pull import Puller
from gapura_agency.serving import listening, serve
from gapura_agency.sqlite_store import SqliteStore
from gapura_agency.stores import MemoryStore, Store
from gapura_agency.wording import AnswerWrong

__all__ = [
    "Accept",
    "Agency",
    "AnswerWrong",
    "Ask",
    "Contract",
    "ContractUnusable",
    "Document",
    "Fields",
    "FunctionMissing",
    "Gateway",
    "GatewayPort",
    "Given",
    "KeyUnusable",
    "MemoryStore",
    "NotNow",
    "NotTaken",
    "Notice",
    "Puller",
    "Question",
    "Refuse",
    "Request",
    "Response",
    "SendBack",
    "SigningKey",
    "SqliteStore",
    "Store",
    "Undo",
    "Unheard",
    "accept",
    "listening",
    "refuse",
    "send_back",
    "serve",
]
