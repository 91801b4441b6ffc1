"""The few tables and columns of the book that the contract itself names, by identifier."""

CHANGE_LOG = "change_log"
LOG_TABLE, LOG_OBJECT, LOG_ITEM = "table_name", "subject", "item"
LOG_SINCE, LOG_OLD, LOG_NEW = "effective_day", "old_value", "new_value"
DATA_THROUGH = "data_through"

DUTY = "duty"
COMPLETION, COMPLETION_OF, COMPLETION_DAY = "completion", "duty", "completion_day"

RULING, RULING_OF, RULING_KIND = "duty_ruling", "duty", "kind"
RULING_FROM, RULING_TO, RULING_APPROVED = "since", "until", "approved_day"
PAUSE, POSTPONEMENT, RETURNED, WAIVER = "pause", "postponement", "returned", "waiver"

ASSIGNMENT, HOLDER, HELD_POST, HELD_AT = "assignment", "employee", "post", "branch"
HELD_FROM, HELD_TO = "since", "until"
EMPLOYEE, NAME, LEFT = "employee", "full_name", "left_day"

CONTRACT, PARTY, BRANCH = "contract", "party", "branch"
ACCOUNT_MANAGER, CARETAKER, ALONE = "account_manager", "caretaker", "alone"
INSTALMENT, PAYMENT = "instalment", "repayment"
PLAN_CONTRACT, PLAN_DUE, PLAN_PAID_OFF = "contract", "due_day", "paid_off_day"

WARNING = "warning"
WARNED_RULE, WARNED_PARTY, WARNED_EPISODE, WARNED_LEVEL = "rule", "party", "occurrence", "level"
LEVELS = "warning_level"
CLASS_CHANGE = "class_change"
