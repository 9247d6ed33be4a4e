"""How each command of `gapura` is typed when all is well, and what its JSON holds then."""

from __future__ import annotations

from msgspec import Struct


class Way(Struct, frozen=True, kw_only=True):
    """How a command is typed when all is well: `{name}` is a file or a word of the scene; what its JSON then holds."""

    typed: str
    holds: frozenset[str] = frozenset()
    token: str = ""
    secret: str = ""


def way(typed: str, holds: str = "", *, token: str = "", secret: str = "") -> Way:
    return Way(typed=typed, holds=frozenset(holds.split()), token=token, secret=secret)


CASE = "case service version state steps"
REGISTERED = "name version digest new changed"
GOOD: dict[str, Way] = {
    "gapura doctor": way("", "word about detail"),
    "gapura agency list": way("", "agencies"),
    "gapura agency leases": way("", "errands", token="operator"),
    "gapura agency make-key": way("{fresh}", "private public kid"),
    "gapura agency register": way("alpha --title Alpha --keys {public}", "agency title contact", token="operator"),
    "gapura contract from-openapi": way("{document} --operation do --agency alpha", "file contract decide"),
    "gapura contract check": way("{contract}", "file name version digest"),
    "gapura contract register": way("{contract}", REGISTERED, token="agency"),
    "gapura plan check": way("{plan} --contracts {contracts}", "service version digest agencies steps"),
    "gapura plan draw": way("{plan} --contracts {contracts}"),
    "gapura plan diff": way(
        "{plan} {plan} --contracts {contracts}",
        "before after before_digest after_digest new_agreement must_sign joining leaving differences open_cases",
    ),
    "gapura plan try": way(
        "{plan} --contracts {contracts}",
        "service version digest roads cut_short ends straight stranded stops tried never_asked",
    ),
    "gapura plan publish": way("{plan}", REGISTERED, token="operator"),
    "gapura calendar check": way("{calendar}", "calendar free first_year last_year"),
    "gapura calendar register": way("{calendar}", "name version digest new", token="operator"),
    "gapura calendar show": way("office", "calendar zone week free version"),
    "gapura agreement propose": way(
        "{plan} --terms {terms} --contracts {contracts} --out {fresh} --send",
        "file digest agencies",
        token="operator",
    ),
    "gapura agreement sign": way("{agreement} --agency lead --key {lead} --send", "file signature"),
    "gapura agreement show": way("{digest}", "agreement view"),
    "gapura agreement list": way("--service again --ending 3650d", "agreements"),
    "gapura agreement fetch": way("{digest} --out {fresh}", "files"),
    "gapura agreement check": way(
        "{agreement} {sig_alpha} {sig_lead} --keys {trust}", "in_force missing decisions not_counted"
    ),
    "gapura case submit": way("quick {form} --wait 5", "case secret view"),
    "gapura case show": way("{issued}", "view", secret="issued"),
    "gapura case watch": way("{issued}", CASE, secret="issued"),
    "gapura case document": way("{papers} {paper} --to {fresh}.pdf", "file type bytes digest", secret="papers"),
    "gapura case form": way("{returned}", "answers form", secret="returned"),
    "gapura case correct": way("{returned} --answer /name=Siti-Baru", CASE, secret="returned"),
    "gapura case answer": way("{mine} letter --decline", CASE, secret="mine"),
    "gapura case withdraw": way("{open}", CASE, secret="open"),
    "gapura case announcements": way("heard", "announcements"),
    "gapura case object": way(
        "heard {heard} neighbours --name Sri --contact 0812 --grounds The-well-is-ours", "case step number"
    ),
    "gapura case list": way("", "cases next", token="operator"),
    "gapura case due": way("--days 5", "promises due more", token="operator"),
    "gapura case clocks": way("{stuck}", "clocks", token="operator"),
    "gapura case act": way("{stuck} pause --reason audit", CASE, token="operator"),
    "gapura case bulk": way("pause --reason audit --service late", "run state total lines", token="operator"),
    "gapura approval list": way("", "runs", token="operator"),
    "gapura case objections": way("", "objections", token="officer"),
    "gapura case retry": way("{stuck} delta --reason mended", CASE, token="operator"),
    "gapura case tasks": way("", "tasks counts done", token="officer"),
    "gapura case claim": way("{asked}/beta/ask/1", "key officer", token="officer"),
    "gapura case release": way("{asked}/beta/ask/1", "key officer", token="officer"),
    "gapura case hand-over": way("{asked}/beta/ask/1 --to beta/sri --reason leave", "key officer", token="officer"),
    "gapura case decide": way("{asked}/beta/ask/1 contribute --output {number}", "recorded", token="officer"),
    "gapura case sheet": way("beta {fresh}.csv", "file bytes", token="officer"),
    "gapura case decide-sheet": way("beta {sheet}", "preview ready empty lines", token="officer"),
    "gapura draft save": way("quick {form}", "draft secret view"),
    "gapura draft show": way("quick {draft}", "draft service form expires_at unfit", secret="draft"),
    "gapura draft apply": way("quick {draft}", CASE, secret="draft"),
    "gapura draft delete": way("quick {draft}", "draft deleted", secret="draft"),
    "gapura case contributions": way("--case {given}", "contributions next", token="officer"),
    "gapura case revoke-part": way(
        "{given}/beta/ask/1 --reason forged --legal-basis UU-30/2014 --objection counter-2",
        "key revoked required",
        token="officer",
    ),
    "gapura case notices": way("", "notices next", token="officer"),
    "gapura case take-notice": way("{told}:1", "recorded", token="officer"),
    "gapura case renew": way("{kept}", "draft service form renews", secret="kept"),
    "gapura facts list": way("--all", "facts next", token="operator"),
    "gapura facts ask": way("{kept} --reason yearly", CASE, token="operator"),
    "gapura facts answer": way("{questioned}:beta:name:1 different", "recorded", token="officer"),
    "gapura facts correct": way("{differing} beta --reason yearly", CASE, token="operator"),
    "gapura facts questions": way("", "questions next", token="officer"),
    "gapura output get": way("{issued} {fresh}.pdf", "file type bytes", secret="issued"),
    "gapura output verify": way("{output}", "word reasons parts status_checked"),
    "gapura hook add": way("https://alpha.example{fresh}", "hook secret", token="agency"),
    "gapura hook list": way("", "hooks", token="operator"),
    "gapura hook deliveries": way("{hooked}", "deliveries", token="operator"),
    "gapura hook resend": way("{hooked} --since 2026-01-01T00:00:00Z", "deliveries", token="operator"),
    "gapura hook rotate": way("{hooked}", "hook secret old_until", token="operator"),
    "gapura hook enable": way("{hooked}", "hook state kinds", token="operator"),
    "gapura hook remove": way("{hooked}", "hook", token="operator"),
    "gapura token issue": way("officer Budi --agency beta --reason shift", "token", token="operator"),
    "gapura token list": way("--all", "tokens", token="operator"),
    "gapura token revoke": way("{spare} --reason lost", "token state revoked_by", token="operator"),
}
