"""The demo's subscribers, as data: who they are, where they read, what they wish for. Subscribes nobody."""

from dataclasses import dataclass
from datetime import time

from digest.pipeline.following import PersonWanted
from digest.pipeline.signup import read_follow
from subscribers.model import Schedule, SubscriberKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoChannel:
    """Where a demo subscriber reads, and when, and how much at once. The demo writes files instead of sending."""

    kind: str
    address: str
    schedule: Schedule
    cap: int = 25
    repeats: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSubscriber:
    """Somebody the demo composes for. `shows` says what to look for in their digest."""

    name: str
    shows: str
    kind: SubscriberKind = SubscriberKind.PERSON
    channels: tuple[DemoChannel, ...]
    interests: tuple[str, ...] = ()
    follows: tuple[PersonWanted, ...] = ()


BROAD_READER = DemoSubscriber(
    name="Beate Broad",
    shows="everything about language and learning, the best first, cut off at the cap",
    channels=(
        DemoChannel(
            kind="email",
            address="Beate.Broad@example.org",
            schedule=Schedule(timezone="Europe/Berlin", send_at=time(7, 30)),
        ),
    ),
    interests=(
        "cat:cs.CL OR cat:cs.LG OR cat:stat.ML",
        'dialogue OR "training data" OR "language models"',
    ),
)

NARROW_READER = DemoSubscriber(
    name="Nils Narrow",
    shows="a phrase, a category and an exclusion: few papers, and why each",
    channels=(
        DemoChannel(
            kind="email",
            address="nils.narrow@example.net",
            schedule=Schedule(timezone="America/New_York", send_at=time(8, 0)),
            cap=10,
        ),
    ),
    interests=('"mixture of experts" AND cat:cs.LG -survey',),
)

# The first seven occur in the bundled day. The others are real people who occur often in captured days, so that
# `digest demo --replay` on real papers has somebody to follow, too.
FOLLOWED = (
    read_follow("Wei Zhang", fields=("cs.CL",), hf_user="demo--weizhang"),
    read_follow("Maria García", fields=("q-bio.NC",)),
    read_follow("Jörg Müller", fields=("cs",), hf_user="demo--joergm"),
    read_follow("Ingrid Bakkerud"),
    read_follow("Le Hong Van"),
    read_follow("Bronislawa Cichon"),
    read_follow("Nuria Bellpuig-Sants"),
    read_follow("Dacheng Tao", fields=("cs",)),
    read_follow("Heng Ji", fields=("cs.CL",)),
    read_follow("Nancy F. Chen", fields=("cs.CL",)),
    read_follow("Shuicheng Yan", fields=("cs",)),
    read_follow("Wei Zhou", fields=("cs.CV",)),
    read_follow("Yang Shi", fields=("cs.CV",), hf_user="DogNeverSleep"),
    read_follow("Yejin Choi", fields=("cs.CL",)),
)

FOLLOWER = DemoSubscriber(
    name="Flora Follower",
    shows="people, some of them namesakes of others, by mail in the morning and on Telegram in the evening",
    channels=(
        DemoChannel(
            kind="email",
            address="flora@example.com",
            schedule=Schedule(timezone="Asia/Kolkata", send_at=time(6, 45)),
        ),
        DemoChannel(
            kind="telegram",
            address="1000000001",
            schedule=Schedule(timezone="Asia/Kolkata", send_at=time(19, 0)),
            cap=5,
            repeats=True,
        ),
    ),
    follows=FOLLOWED,
)

VISION_LAB = DemoSubscriber(
    name="Vision Reading Group",
    shows="one digest for a whole Telegram group: brackets, fields, AND, OR and NOT",
    kind=SubscriberKind.GROUP,
    channels=(
        DemoChannel(
            kind="telegram",
            address="-1001000000002",
            schedule=Schedule(timezone="Pacific/Auckland", send_at=time(9, 0)),
            cap=12,
        ),
    ),
    interests=(
        'cat:cs.CV AND (diffusion OR "flow matching") NOT ti:watermarks',
        '"Gaussian splatting" OR "3D reconstruction"',
        'cat:cs.CV AND (ti:segmentation OR ti:segmenting OR abs:"vision-language model")',
        "au:Quist AND cat:cs.GR",
    ),
)

NOBODY_MATCHES = DemoSubscriber(
    name="Quentin Quiet",
    shows="a day with nothing for him: the digest stays away, and the record says why",
    channels=(
        DemoChannel(
            kind="email",
            address="quentin.quiet@example.org",
            schedule=Schedule(timezone="UTC", send_at=time(8, 0)),
        ),
    ),
    interests=('"bagpipe acoustics" AND cat:physics.class-ph', 'ti:"numismatic topology"'),
    follows=(read_follow("Ptolemaios Quatermass-Nobody"),),
)

SUBSCRIBERS = (BROAD_READER, NARROW_READER, FOLLOWER, VISION_LAB, NOBODY_MATCHES)
