"""Whether mail of ours will be believed: what DNS, the mail server and a mail itself say about it.

Looking things up is `resolver`'s and the SPF walk's; every judgement is a pure function of what was found.
"""

from digest.deliverability.findings import Finding, Level

__all__ = ["Finding", "Level"]
