"""The ids of rows, as types of their own."""

from typing import NewType

PaperId = NewType("PaperId", int)
AnnouncementId = NewType("AnnouncementId", int)
InterestId = NewType("InterestId", int)
FollowId = NewType("FollowId", int)
ChannelId = NewType("ChannelId", int)
SubscriberId = NewType("SubscriberId", int)
DeliveryId = NewType("DeliveryId", int)
LetterId = NewType("LetterId", int)
ResearcherId = NewType("ResearcherId", int)
InstitutionId = NewType("InstitutionId", int)
