"""Tier 3: critical cases, system changes, compliance; the last AI before people."""

from agents.playbook.changes import CHANGES
from agents.playbook.compliance import COMPLIANCE
from agents.playbook.diagnosis import DIAGNOSIS
from agents.playbook.executive import EXECUTIVE
from agents.playbook.incidents import INCIDENTS
from agents.playbook.manners import ENDINGS, MANNERS
from agents.playbook.visits import VISITS

RULES = (
    *MANNERS,
    *ENDINGS,
    *COMPLIANCE,
    *VISITS,
    *INCIDENTS,
    *CHANGES,
    *EXECUTIVE,
    *DIAGNOSIS,
)
