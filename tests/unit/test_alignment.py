"""Whether From, envelope and signature name one organisation."""

from typing import Any

import pytest
from pydantic import SecretStr

from digest.notifiers.alignment import (
    Domains,
    explain_alignment,
    find_misalignments,
    find_organisation,
    is_aligned,
    list_domains,
)
from digest.settings import BounceSettings, DkimSettings, Settings, SmtpSettings
from tests.keys import ED25519_PEM


def settings(sender: str = "digest@lab.example.org", bounces: str = "", **dkim: Any) -> Settings:
    if dkim:
        dkim["key"] = SecretStr(ED25519_PEM)
    return Settings(
        smtp=SmtpSettings(sender=sender), bounces=BounceSettings(address=bounces), dkim=DkimSettings(**dkim)
    )


@pytest.mark.parametrize(
    ("domain", "organisation"),
    [
        ("example.org", "example.org"),
        ("mail.Lab.example.ORG.", "example.org"),
        ("cs.ox.ac.uk", "ox.ac.uk"),
        ("ox.ac.uk", "ox.ac.uk"),
        ("www.t.u-tokyo.ac.jp", "u-tokyo.ac.jp"),
        ("lab.tu-berlin.de", "tu-berlin.de"),
        ("mailhost", "mailhost"),
    ],
)
def test_the_organisation_of_a_domain_is_found(domain: str, organisation: str) -> None:
    assert find_organisation(domain) == organisation


def test_a_neighbour_under_a_shared_suffix_is_not_us() -> None:
    assert is_aligned("lab.example.org", "example.org")
    assert not is_aligned("ox.ac.uk", "cam.ac.uk")
    assert not is_aligned("example.org", "example.com")


def test_by_default_everything_is_of_the_senders_domain() -> None:
    assert list_domains(settings()) == Domains("lab.example.org", "lab.example.org", "", "lab.example.org")
    assert list_domains(settings(selector="s1")).signed == "lab.example.org"
    assert explain_alignment(settings(selector="s1")) == ()


def test_bounces_and_a_signature_within_the_organisation_are_fine() -> None:
    assert explain_alignment(settings(bounces="b@bounces.example.org", selector="s1", domain="example.org")) == ()


def test_each_foreign_domain_is_one_sentence_with_its_remedy() -> None:
    envelope, signature = explain_alignment(settings(bounces="b@mailer.net", selector="s1", domain="mailer.net"))

    assert envelope == (
        "Bounces go to mailer.net, mail is from lab.example.org: SPF cannot vouch for the From address. Set "
        "DIGEST_BOUNCES__ADDRESS to a mailbox at lab.example.org, or have every mail signed with DKIM."
    )
    assert "Set DIGEST_DKIM__DOMAIN to the domain of DIGEST_SMTP__SENDER." in signature


def test_a_foreign_message_id_is_named() -> None:
    assert find_misalignments(Domains("a.org", "a.org", "", "b.org")) == (
        "Message-IDs name b.org, and mail is from a.org.",
    )


def test_a_fault_of_the_settings_is_a_finding_too() -> None:
    (finding,) = explain_alignment(settings(bounces="not an address"))

    assert finding.startswith("DIGEST_BOUNCES__ADDRESS, “not an address”, is not an address:")
