"""contracts and amounts"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('contact_request', schema=None) as batch_op:
        batch_op.add_column(sa.Column('budget_min', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('budget_max', sa.BigInteger(), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f('ck_contact_request_budget_order'),
            'budget_min IS NULL OR budget_max IS NULL OR budget_max >= budget_min',
        )
        batch_op.create_index(batch_op.f('ix_contact_request_origin_event_id'), ['origin_event_id'], unique=False)

    with op.batch_alter_table('engagement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('contract_type', sa.String(length=40), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('amount_said', sa.Enum('stated', 'confidential', 'open', name='amountsaid', native_enum=False, create_constraint=True, length=24), nullable=True))
        batch_op.add_column(sa.Column('amount', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('signed_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('registered', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('place', sa.Enum('city', 'province', 'country', 'abroad', name='place', native_enum=False, create_constraint=True, length=24), nullable=True))
        batch_op.add_column(sa.Column('place_name', sa.String(length=80), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('investment', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('received', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('started_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('jobs', sa.Integer(), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f('ck_engagement_amount_if_stated'),
            "(coalesce(amount_said, '') = 'stated') = (amount IS NOT NULL)",
        )
        batch_op.create_check_constraint(batch_op.f('ck_engagement_amount'), 'amount > 0')
        batch_op.create_check_constraint(
            batch_op.f('ck_engagement_implementation'), 'investment >= 0 AND received >= 0 AND jobs >= 0'
        )

    with op.batch_alter_table('engagement', schema=None) as batch_op:
        batch_op.alter_column('contract_type', existing_type=sa.String(length=40), server_default=None)
        batch_op.alter_column('place_name', existing_type=sa.String(length=80), server_default=None)

    with op.batch_alter_table('intention', schema=None) as batch_op:
        batch_op.add_column(sa.Column('budget_min', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('budget_max', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('wanted_within', sa.Enum('quarter', 'half_year', 'year', 'later', name='wantedwithin', native_enum=False, create_constraint=True, length=24), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f('ck_intention_budget_order'),
            'budget_min IS NULL OR budget_max IS NULL OR budget_max >= budget_min',
        )


def downgrade() -> None:
    with op.batch_alter_table('intention', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_intention_budget_order'), type_='check')
        batch_op.drop_constraint('wantedwithin', type_='check')
        batch_op.drop_column('wanted_within')
        batch_op.drop_column('budget_max')
        batch_op.drop_column('budget_min')

    with op.batch_alter_table('engagement', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_engagement_implementation'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_engagement_amount'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_engagement_amount_if_stated'), type_='check')
        batch_op.drop_constraint('place', type_='check')
        batch_op.drop_constraint('amountsaid', type_='check')
        batch_op.drop_column('jobs')
        batch_op.drop_column('started_on')
        batch_op.drop_column('received')
        batch_op.drop_column('investment')
        batch_op.drop_column('place_name')
        batch_op.drop_column('place')
        batch_op.drop_column('registered')
        batch_op.drop_column('signed_on')
        batch_op.drop_column('amount')
        batch_op.drop_column('amount_said')
        batch_op.drop_column('contract_type')

    with op.batch_alter_table('contact_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_request_origin_event_id'))
        batch_op.drop_constraint(batch_op.f('ck_contact_request_budget_order'), type_='check')
        batch_op.drop_column('budget_max')
        batch_op.drop_column('budget_min')
