"""Modules: those that failed, and what those without code still owe."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from jalon.checks.check import Finding, Place, check
from jalon.i18n import _, _l, ngettext
from jalon.models import InstalledModule, OpenDuty


@check(_l("All modules work."))
def modules(place: Place) -> Iterator[Finding]:
    """As this process loaded them, and as the last upgrade left them."""
    remembered = {m.slug: m.trouble for m in place.session.scalars(select(InstalledModule))}
    for module in place.registry:
        if trouble := module.trouble or remembered.get(module.slug):
            sentence = _("The module “%(module)s” answers nobody: %(reason)s", module=module.name, reason=trouble)
            mend = _("Mend its code, or install another version; then run “jalon db upgrade”.")
            yield Finding("modules", "bad", sentence, mend)


@check(_l("No duty towards persons is open."))
def duties(place: Place) -> Iterator[Finding]:
    """What a module whose code is missing could not erase."""
    n = place.session.scalar(select(func.count()).select_from(OpenDuty)) or 0
    if n:
        sentence = ngettext("%(n)s erasure is still owed to persons.", "%(n)s erasures are still owed to persons.", n)
        mend = _("The Modules page of each structure names the module: install its code again, or uninstall it.")
        yield Finding("duties", "warning", sentence, mend)
