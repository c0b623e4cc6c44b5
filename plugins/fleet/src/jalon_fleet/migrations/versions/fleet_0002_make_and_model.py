"""A make and a model that can be read"""

from alembic import op

from jalon.rebuild import rebuilding

revision = "fleet_0002"
down_revision = "fleet_0001"
branch_labels = None
depends_on = None

NAMED = {"make": "ck_fleet_vehicle_make", "model": "ck_fleet_vehicle_model"}


def upgrade():
    for column in NAMED:  # the form took blanks: a dash stands where nothing can be read, until somebody corrects it
        op.execute(f"UPDATE fleet_vehicle SET {column} = '—' WHERE trim({column}) = ''")  # noqa: S608 - names of ours
    with rebuilding("fleet_vehicle") as vehicles:
        for column, name in NAMED.items():
            vehicles.create_check_constraint(op.f(name), f"trim({column}) <> ''")


def downgrade():
    with rebuilding("fleet_vehicle") as vehicles:
        for name in NAMED.values():
            vehicles.drop_constraint(op.f(name), type_="check")
