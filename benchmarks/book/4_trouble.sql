-- What follows when something goes wrong, what moved, what was ruled about single duties.
CREATE TEMP VIEW warning AS SELECT 'S01' AS rule, p.party_no AS party, '2026-' || lpad(CAST(1 + dice(i, 120, 9) AS VARCHAR), 2, '0') || '-15' AS occurrence,
  CASE WHEN i % 2 = 0 THEN 'severe' ELSE 'important' END AS level, contract_no AS contract, 'S01' AS signal, ago(3 + dice(i, 121, 60)) AS raised_day, 'by_system' AS origin,
  CASE WHEN dice(i, 122, 2) = 0 THEN ago(2) END AS verified_day, CASE WHEN dice(i, 122, 2) = 0 THEN 'confirmed' END AS verification
  FROM deals d JOIN people p ON p.j = d.j WHERE owes_from IS NOT NULL AND dice(i, 123, 2) = 0 AND i < parties();
CREATE TEMP VIEW response AS SELECT rule || '/' || party || '/' || occurrence || '/' || level AS warning, 'M06' AS measure, ago(1) AS decided_day,
  CASE WHEN ascii(right(party, 1)) % 2 = 0 THEN staff_name(0, 4) END AS responsible_person FROM warning WHERE verified_day IS NOT NULL AND level = 'severe';
CREATE TEMP VIEW mitigation AS SELECT rule || '/' || party || '/' || occurrence || '/' || level AS warning, 'repayment_lost' AS mitigation_cause, ago(1) AS raised_day,
  staff_name(0, 4) AS executor, ago(-10) AS deadline, ago(1) AS decided_day FROM warning WHERE verified_day IS NOT NULL AND level = 'severe' AND ascii(right(party, 1)) % 3 = 1;
CREATE TEMP VIEW risk_notice AS SELECT 'FT1' AS risk_notice_no, 'policy_change' AS notice_topic, 'subsidy ends' AS title, 'ask who lives on it' AS remark, ago(1) AS sent_day, staff_name(0, 4) AS sent_by;
CREATE TEMP VIEW notice_reading AS SELECT 'FT1' AS risk_notice, staff_name(0, 4) AS employee;
CREATE TEMP VIEW rectification AS SELECT row_name('ZG', i) AS rectification_no, p.party_no AS party, contract_no AS contract, 'inspection_finding' AS kind, ago(40) AS demanded_day,
  ago(25 - dice(i, 124, 40)) AS deadline, CAST(dice(i, 125, 4) AS BIGINT) AS reminders FROM deals d JOIN people p ON p.j = d.j WHERE line = 'guarantee' AND dice(i, 126, 200) = 0;
CREATE TEMP VIEW watch_listing AS SELECT row_name('GZ', i) AS watch_no, p.party_no AS party, ago(90) AS listed_day, 'latent risk' AS watch_reason, 'action_plan' AS plan_kind,
  manager_of(i) AS responsible_person FROM deals d JOIN people p ON p.j = d.j WHERE line = 'guarantee' AND settled_day IS NULL AND dice(i, 138, 100) = 0;
CREATE TEMP VIEW watch_step AS SELECT watch_no AS watch_listing, CAST(1 AS BIGINT) AS ordinal, 'more security' AS step_told, ago(20) AS deadline FROM watch_listing;
CREATE TEMP VIEW breach AS SELECT row_name('WY', i) AS breach_no, contract_no AS contract, ['diversion', 'unauthorised_disposal', 'other'][dice(i, 127, 3) + 1] AS kind, ago(40) AS demanded_day,
  ago(20 - dice(i, 128, 40)) AS deadline FROM deals WHERE dice(i, 129, 300) = 0;
CREATE TEMP VIEW lending_request AS SELECT row_name('FK', i) AS request_no, p.party_no AS client, ago(1) AS requested_day, CAST(5000000 AS BIGINT) AS amount
  FROM deals d JOIN people p ON p.j = d.j WHERE line = 'micro_loan' AND dice(i, 130, 100) = 0;
CREATE TEMP VIEW extension_request AS SELECT row_name('ZQ', i) AS request_no, contract_no AS contract, ago(1) AS requested_day, TRUE AS permitted
  FROM deals WHERE line = 'micro_loan' AND dice(i, 131, 200) = 0;
CREATE TEMP VIEW responsibility_handover AS SELECT row_name('YJ', i) AS handover_no, contract_no AS contract, staff_name(branch_of(i), 100) AS handed_over_by,
  staff_name(branch_of(i), 101) AS taken_over_by, staff_name(branch_of(i), 4) AS handover_supervisor, FALSE AS head_moves, ago(3) AS initiated_day,
  ago(2) AS signed_by_giver_day FROM deals WHERE line = 'micro_loan' AND dice(i, 132, 500) = 0;
CREATE TEMP VIEW notice AS SELECT row_name('TZ', i) AS notice_no, contract_no AS contract, 'collecting' AS kind, ago(1 + dice(i, 133, 60)) AS sent_day
  FROM deals WHERE line = 'micro_loan' AND owes_from IS NOT NULL AND i % 4 > 0;
CREATE TEMP VIEW class_change AS SELECT contract_no AS contract, ago(10 + dice(i, 134, 30)) AS changed_day, 'watch' AS class_before, 'substandard' AS class_after
  FROM deals WHERE line = 'micro_loan' AND owes_from IS NOT NULL AND months - owes_from > 6 AND dice(i, 148, 3) > 0; -- the change of a few was not entered
CREATE TEMP VIEW closing_review AS SELECT contract_no AS contract, CAST(day() AS DATE) AS submitted_day FROM deals WHERE line = 'micro_loan' AND settled_day IS NOT NULL AND dice(i, 135, 2) = 0;
CREATE TEMP VIEW liability_finding AS SELECT contract_no AS contract, manager_of(i) AS employee, ['investigation', 'review', 'approval', 'granting', 'management'][dice(i, 136, 5) + 1] AS stage,
  dice(i, 137, 20) = 0 AS force_majeure, FALSE AS misled, FALSE AS objected_in_writing, FALSE AS against_procedure, FALSE AS objected_in_committee, ago(5) AS started_day
  FROM deals WHERE line IN ('micro_loan', 'loan') AND owes_from IS NOT NULL AND months - owes_from > 4;
CREATE TEMP VIEW compensation_demand AS SELECT row_name('YQ', i) AS demand_no, contract_no AS contract, ago(15) AS received_day, amount // 3 AS amount
  FROM deals WHERE line = 'guarantee' AND owes_from IS NOT NULL AND months - owes_from > 8;
CREATE TEMP VIEW compensation AS SELECT row_name('DC', i) AS compensation_no, contract_no AS contract, ago(12) AS value_day, amount // 4 AS principal, amount // 100 AS interest
  FROM deals WHERE line = 'guarantee' AND owes_from IS NOT NULL AND months - owes_from > 9;
CREATE TEMP VIEW recovery_target AS SELECT row_name('DC', i) AS compensation, p.party_no AS party, 'debtor' AS standing FROM deals d JOIN people p ON p.j = d.j
  WHERE line = 'guarantee' AND owes_from IS NOT NULL AND months - owes_from > 9;

CREATE TEMP VIEW change_log AS
  SELECT 'contract' AS table_name, contract_no AS subject, 'risk_class' AS item, ago(30 + dice(i, 140, 20)) AS effective_day,
    CAST(2 AS VARCHAR) AS old_value, CAST(1 + dice(i, 60, 100) // 30 AS VARCHAR) AS new_value FROM deals WHERE line = 'guarantee' AND dice(i, 60, 100) // 30 <> 1 AND dice(i, 141, 30) = 0
  UNION ALL SELECT 'contract', contract_no, 'five_tier', ago(10 + dice(i, 134, 30)), 'watch', 'substandard'
    FROM deals WHERE line = 'micro_loan' AND owes_from IS NOT NULL AND months - owes_from > 6 AND (dice(i, 142, 2) = 0 OR dice(i, 148, 3) = 0)
  UNION ALL SELECT 'party', party_no, 'bank_rating', ago(20), '2', CAST(2 + dice(j, 20, 3) AS VARCHAR) FROM people WHERE is_enterprise(j) AND dice(j, 20, 3) > 0 AND dice(j, 143, 40) = 0
  UNION ALL SELECT 'vehicle', vehicle_name(i // 5), 'first_beneficiary', ago(20), '示范担保公司', '他人' FROM deals WHERE line = 'car_loan' AND i % 5 = 0 AND dice(i, 104, 200) = 0;

-- rulings and completions refer to tasks: those of the last run that somebody ruled about
CREATE TEMP VIEW duty AS SELECT 'maturity-notice' AS rule, contract_no AS subject_key, '0' AS occurrence, contract_no AS contract, '1.0.0' AS version, ago(6) AS opens, 'open' AS status,
    FALSE AS assumed, FALSE AS entered_late FROM deals WHERE line = 'micro_loan' AND settled_day IS NULL AND maturity_day BETWEEN ago(40) AND ago(-40) AND dice(i, 145, 4) = 0
  UNION ALL SELECT 'prelegal-assessment', contract_no, CAST(months_on(disbursed_day, owes_from) AS VARCHAR), contract_no, '1.0.0', disbursed_day, 'open', FALSE, FALSE
    FROM deals WHERE line = 'car_loan' AND owes_from IS NOT NULL AND months - owes_from > 3 AND dice(i, 146, 3) = 0;
CREATE TEMP VIEW duty_ruling AS SELECT rule || '/' || subject_key || '/' || occurrence AS duty, ['waiver', 'postponement', 'pause'][row_number() OVER (ORDER BY subject_key) % 3 + 1] AS kind,
  opens AS since, CAST(day() + 5 AS DATE) AS until, '客户外出' AS reason, staff_name(0, 4) AS approved_by, CAST(opens + 1 AS DATE) AS approved_day FROM duty WHERE rule = 'maturity-notice';
CREATE TEMP VIEW completion AS SELECT rule || '/' || subject_key || '/' || occurrence AS duty, ago(1) AS completion_day, staff_name(0, 4) AS completed_by FROM duty WHERE rule = 'prelegal-assessment';
