"""Faults of what a module owes to persons."""

from __future__ import annotations

from planted.fault import Fault

MIGRATION = "migrations/versions/scratch_0001_boxes.py"
COLUMN = "    box_id: Mapped[int] = mapped_column(index=True)\n"
MADE = '        sa.Column("box_id", sa.Integer(), nullable=False),\n'
NAMES_A_PERSON = (
    (
        MIGRATION,
        MADE,
        MADE
        + '        sa.Column("beneficiary_id", sa.Integer(), sa.ForeignKey("jalon_beneficiary.id"), nullable=True),\n',
    ),
    ("models.py", "import CheckConstraint, ", "import CheckConstraint, ForeignKey, "),
    (
        "models.py",
        COLUMN,
        COLUMN + '    beneficiary_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_beneficiary.id"))\n',
    ),
    ("plugin.py", "from datetime import datetime", "from datetime import date, datetime"),
    (
        "plugin.py",
        "from jalon.scope import structure_of",
        "from jalon.models import Beneficiary, BeneficiaryStructure\nfrom jalon.scope import structure_of",
    ),
    (
        "plugin.py",
        '    thing = Thing(name=f"Thing {number} of {where}", box=box)\n',
        '    person = Beneficiary(code=f"B-{where}-{number}")\n'
        '    session.add(BeneficiaryStructure(beneficiary=person, reason="Sample", since=date(2031, 1, 1)))\n'
        "    session.flush()\n"
        '    thing = Thing(name=f"Thing {number} of {where}", box=box, beneficiary_id=person.id)\n',
    ),
)

DUTIES = (
    Fault(
        "nothing said of what erasing leaves",
        39,
        "scratch_thing.name must hold a value, and does not say which erasing leaves",
        (("models.py", ', "erased_as": "text:—"', ""),),
    ),
    Fault(
        "a person's number without a key",
        39,
        "scratch_thing.beneficiary_id is no key to a person",
        (("models.py", COLUMN, COLUMN + "    beneficiary_id: Mapped[int | None]\n"),),
    ),
    Fault(
        "what erasing leaves is refused",
        41,
        "a person cannot be erased: IntegrityError",
        (*NAMES_A_PERSON, ("models.py", '"text:—"', '"text:"')),
    ),
)
