"""Our side of the wire: an inbox that hears badly, workers that stall, a sweep, four nets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wagtail_licensing.billing import apply
from wagtail_licensing.billing import lease as leases
from wagtail_licensing.billing.batch import apply_batch
from wagtail_licensing.billing.client import Gateway
from wagtail_licensing.billing.errors import StripeFailure
from wagtail_licensing.billing.inbox import keep
from wagtail_licensing.billing.lease import Lease, due
from wagtail_licensing.billing.reconcile import reconcile
from wagtail_licensing.billing.sweep import sweep
from wagtail_licensing.models import SyncTarget
from wagtail_licensing.tasks import ring


class Oversleeping(Gateway):
    """A line whose first answer reaches the worker only after ``meanwhile`` has happened."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self.meanwhile = [meanwhile]

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        answer = super().get(path, **params)
        while self.meanwhile:
            self.meanwhile.pop()()
        return answer


@dataclass
class Stalled:
    """A worker that has read from Stripe and has not written yet."""

    lease: Lease
    write: Any


class Site:
    """What the site does, step by step, so that the steps of several workers can be mixed."""

    def __init__(self, business) -> None:
        self.business = business
        self.stalled: list[Stalled] = []

    @property
    def now(self):
        return self.business.world.now

    def hear(self, event: dict[str, Any], *, at_once: bool) -> None:
        """Keep an event that Stripe sent; without ``at_once`` the ring for it is lost."""
        for target_id in keep(event=event, account="default", at=self.now):
            if at_once:
                ring(target_id)

    def start_worker(self, number: int) -> None:
        """Let a worker take a target and read it from Stripe; it writes later, or never."""
        waiting = list(SyncTarget.objects.filter(due(self.now)).order_by("pk"))
        if not waiting:
            return
        lease = leases.take(target_id=waiting[number % len(waiting)].pk, at=self.now)
        assert lease is not None
        try:
            self.stalled.append(Stalled(lease, apply._fetch(lease, Gateway())))
        except StripeFailure as failure:
            leases.fail(lease, failure=failure, at=self.now)

    def finish_worker(self, number: int) -> None:
        """Let a worker wake up and write what it has read, however long ago, if it still may."""
        if self.stalled:
            worker = self.stalled.pop(number % len(self.stalled))
            for target_id in apply._write(worker.lease, worker.write, at=self.now) or []:
                ring(target_id)

    def work_off_a_batch(self, meanwhile: Callable[[], None]) -> None:
        """Apply the subscriptions that wait as one batch, while something else happens."""
        apply_batch(at=self.now, gateway=Oversleeping(meanwhile))

    def sweep(self) -> int:
        return sweep(at=self.now, ring=ring).rung

    def reconcile(self, *, everything: bool) -> Any:
        """Compare as the beat does; return the report, or None when Stripe was not there."""
        try:
            report = reconcile(at=self.now, everything=everything)
        except StripeFailure:
            return None
        for target_id in report.targets:
            ring(target_id)
        return report

    def come_to_rest(self) -> Any:
        """The weather clears, the stalled workers are dead for good, everything is compared."""
        self.stalled.clear()
        self.business.simulator.clear_faults()
        self.business.simulator.advance(hours=2)
        report = self.reconcile(everything=True)
        for _ in range(6):
            if not self.sweep():
                break
        return report
