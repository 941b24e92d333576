"""What the DNS says about the domain our mails come from: SPF, DKIM and DMARC. Without them notices
end among advertising, or anybody can write in our name. Each finding says what to publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[str], list[str]]

# Only these can be asked for: a key stands under a name that its mail server chose.
SELECTORS = (
    "default", "dkim", "google", "hinomi", "k1", "mail", "s1", "s2", "selector1", "selector2",
)  # fmt: skip
_LOOKUPS = ("include:", "a", "a:", "mx", "mx:", "ptr", "exists:", "redirect=")
_MOST_LOOKUPS = 10  # RFC 7208: receivers stop there and call the record broken


class NoAnswer(HinomiError):
    """The DNS did not answer: nothing can be said."""


def ask_txt(name: str, *, server: str = "", port: int = 53, patience_s: float = 3.0) -> list[str]:
    """The TXT records of a name; [] for a name that has none. Raises NoAnswer."""
    try:
        import dns.exception
        import dns.resolver
    except ImportError as error:
        raise NoAnswer("dnspython is not installed", advice="pip install 'hinomi[mail]'") from error
    try:
        resolver = dns.resolver.Resolver(configure=not server)
        if server:
            resolver.nameservers, resolver.port = [server], port
        answer = resolver.resolve(name, "TXT", lifetime=patience_s, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise NoAnswer(
            f"no answer about {name} ({type(error).__name__})", advice="Check the resolver."
        ) from error
    return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]


def spf(domain: str, *, ask: Ask) -> tuple[bool, str, str]:
    """(fit, what is said, what to publish)."""
    found = [text for text in ask(domain) if text.lower().split(" ")[0] == "v=spf1"]
    wanted = f'Publish TXT at {domain}: "v=spf1 include:YOUR-MAIL-SERVICE -all".'
    if not found:
        return False, f"{domain} has no SPF record", wanted
    if len(found) > 1:
        advice = "Make one record of them: two count as none."
        return False, f"{domain} has {len(found)} SPF records", advice
    terms = found[0].lower().split()[1:]
    if any(term in ("+all", "all") for term in terms):
        return False, f"{domain} lets every machine send in its name (+all)", "End it with -all."
    if sum(_looks_up(term) for term in terms) > _MOST_LOOKUPS:
        return False, f"the SPF record of {domain} asks for more than 10 names", "Shorten it."
    if not any(term in ("-all", "~all") or term.startswith("redirect=") for term in terms):
        return False, f"the SPF record of {domain} forbids nobody", "End it with -all."
    return True, f"{domain}: {found[0]}", ""


def dkim(domain: str, *, ask: Ask) -> tuple[bool, str, str]:
    """(a key was found, what is said, what to publish). None found proves nothing: the mail server
    may use a selector of its own."""
    for selector in SELECTORS:
        name = f"{selector}._domainkey.{domain}"
        for text in ask(name):
            if "p=" not in text.replace(" ", ""):
                continue
            if _tags(text).get("p") == "":
                return False, f"{name} was taken back (p= is empty)", "Publish the new key there."
            return True, f"{name} has a key", ""
    advice = (
        "Turn on DKIM at the mail service and publish its TXT at SELECTOR._domainkey."
        f"{domain}; a mail to yourself must show dkim=pass."
    )
    return False, f"no DKIM key of {domain} under a usual name", advice


def dmarc(domain: str, *, ask: Ask) -> tuple[bool, str, str]:
    """(fit, what is said, what to publish). A parent's record holds for its children."""
    wanted = f'Publish TXT at _dmarc.{domain}: "v=DMARC1; p=quarantine; rua=mailto:dmarc@{domain}".'
    for name in _upwards(domain):
        found = [text for text in ask(f"_dmarc.{name}") if text.lower().startswith("v=dmarc1")]
        if len(found) > 1:
            advice = "Make one record of them: two count as none."
            return False, f"_dmarc.{name} has {len(found)} records", advice
        if found:
            return _judged(name, found[0], is_parent=name != domain)
    return False, f"{domain} has no DMARC record", wanted


def _judged(name: str, text: str, *, is_parent: bool) -> tuple[bool, str, str]:
    tags = _tags(text)
    policy = tags.get("p", "")
    if is_parent:
        policy = tags.get("sp", policy)
    if policy.lower() in ("quarantine", "reject"):
        return True, f"_dmarc.{name}: p={policy}", ""
    advice = "When the reports show only your own mails, change it to p=quarantine."
    return False, f"_dmarc.{name} asks receivers to do nothing (p={policy or 'missing'})", advice


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}


def _looks_up(term: str) -> bool:
    bare = term.lstrip("+-~?")
    return any(bare == each or (each[-1] in ":=" and bare.startswith(each)) for each in _LOOKUPS)


def _upwards(domain: str) -> list[str]:
    """The domain, then each parent with a dot left in it."""
    parts = domain.split(".")
    return [".".join(parts[at:]) for at in range(max(1, len(parts) - 1))]
