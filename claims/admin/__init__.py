"""The admin. Importing the package registers every model with claims.admin.site.site."""

from claims.admin import (
    appearances,
    bulk,
    checks,
    claimants,
    claims,
    evidence,
    log,
    opinions,
    people,
    redactions,
    replies,
    sources,
    talk,
    verdicts,
)

__all__ = [
    "appearances",
    "bulk",
    "checks",
    "claimants",
    "claims",
    "evidence",
    "log",
    "opinions",
    "people",
    "redactions",
    "replies",
    "sources",
    "talk",
    "verdicts",
]
