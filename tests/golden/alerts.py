"""The alerts whose renderings are kept as golden files: the samples that `digest preview --all` writes."""

from digest.demo.samples.alerts import ALERTS, ONE, alert, happened

__all__ = ["ALERTS", "ONE", "alert", "happened"]
