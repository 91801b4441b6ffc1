-- Contracts, their plans and payments, what secures them, what was inspected.
CREATE TEMP VIEW contract AS SELECT contract_no, p.party_no AS client, branch_name(branch_of(i)) AS branch, manager_of(i) AS account_manager,
  CASE WHEN line = 'car_loan' THEN staff_name(branch_of(i), 5) END AS home_visitor, line AS business_line,
  CASE line WHEN 'guarantee' THEN 'loan_guarantee' WHEN 'loan' THEN 'working_capital_loan' WHEN 'car_loan' THEN 'new_car_guarantee' ELSE 'business_loan' END AS product,
  CASE WHEN line = 'guarantee' AND i % 20 = 5 THEN 'acceptance' WHEN line = 'car_loan' THEN 'card_instalment' ELSE 'working_capital_loan' END AS facility,
  CASE WHEN line = 'loan' THEN CASE WHEN i % 20 = 7 THEN 'project_loan' ELSE 'other' END END AS loan_type,
  CASE WHEN line = 'loan' THEN CASE WHEN i % 20 = 9 THEN 'raised_funds' ELSE 'own_funds' END WHEN line = 'micro_loan' THEN 'own_funds' ELSE 'bank_funds' END AS funding,
  amount, CAST(20 AS BIGINT) AS term_months, disbursed_day,
  maturity_day, settled_day,
  CASE WHEN settled_day IS NOT NULL THEN 'settled' WHEN line IN ('guarantee', 'car_loan') THEN 'in_guarantee' ELSE 'on_loan' END AS status,
  CASE WHEN settled_day IS NOT NULL THEN 0 ELSE amount * (20 - least(months, 19)) // 20 END AS principal_balance,
  CASE WHEN line IN ('guarantee', 'car_loan') THEN CASE WHEN settled_day IS NOT NULL THEN 0 ELSE amount * (20 - least(months, 19)) // 20 END END AS outstanding_balance,
  'equal_principal' AS repayment_method, CAST(CASE WHEN line = 'guarantee' THEN 1 + dice(i, 60, 100) // 30 END AS BIGINT) AS risk_class,
  CASE WHEN line = 'micro_loan' THEN CASE WHEN owes_from IS NULL THEN 'normal' WHEN months - owes_from > 6 THEN 'substandard' ELSE 'watch' END END AS five_tier,
  CAST(CASE WHEN line = 'micro_loan' THEN 60 + dice(i, 61, 40) END AS DECIMAL(18, 6)) AS five_tier_score, line = 'micro_loan' AND dice(i, 62, 50) = 0 AS board_approved,
  CASE WHEN line = 'micro_loan' THEN ['separated', 'unseparated', 'single_product'][dice(i, 63, 3) + 1] END AS separation, CAST(0 AS BIGINT) AS extensions,
  CASE WHEN line = 'loan' AND owes_from IS NOT NULL AND dice(i, 64, 5) = 0 THEN ago(20) END AS written_off_day,
  CASE WHEN line = 'loan' AND owes_from IS NOT NULL AND dice(i, 64, 5) = 0 THEN amount // 4 END AS loss_written_off
  FROM deals d JOIN people p ON p.j = d.j ORDER BY contract_no;

CREATE TEMP VIEW instalment AS
  WITH plan AS (SELECT d.*, k, months_on(disbursed_day, k) AS due_day, amount // 20 AS due_principal, amount // 200 AS due_interest FROM deals d, range(1, 21) AS t(k) WHERE i % 20000 NOT IN (0, 3)),
  paid AS (
    SELECT *, CASE WHEN owes_from IS NOT NULL AND k >= owes_from THEN NULL WHEN settled_day IS NOT NULL THEN least(due_day, settled_day)
      WHEN k BETWEEN late_from AND late_from + 1 THEN CASE WHEN due_day + 9 < day() THEN due_day + 9 END WHEN due_day < day() THEN due_day END AS paid_off
    FROM plan),
  partly AS (SELECT *, k = owes_from AND due_day < day() AND dice(i, 65, 2) = 0 AS part FROM paid)
  SELECT contract_no AS contract, CAST(k AS BIGINT) AS instalment_no, due_day, due_principal + due_interest AS due_amount, due_principal, due_interest,
    CASE WHEN paid_off IS NOT NULL THEN due_principal + due_interest WHEN part THEN due_interest ELSE 0 END AS paid_amount,
    CASE WHEN paid_off IS NOT NULL THEN due_principal ELSE 0 END AS paid_principal,
    CAST(CASE WHEN paid_off IS NOT NULL THEN paid_off WHEN part THEN due_day END AS DATE) AS last_paid_day, CAST(paid_off AS DATE) AS paid_off_day
  FROM partly ORDER BY contract, instalment_no;

-- of a few contracts the plan is not known, and the bank's list is all that tells of arrears; some of them, or their drawdowns, have matured
CREATE TEMP VIEW overdue_list AS SELECT contract_no AS contract, ago(30 * k) AS list_day, amount // 20 AS overdue_principal, amount // 200 AS overdue_interest
  FROM deals, range(1, 4) AS t(k) WHERE i % 20000 = 0 ORDER BY ALL;

CREATE TEMP VIEW repayment AS SELECT row_name('LS', i) AS transaction_no, contract_no AS contract, contract_no || '/' || least(months, 20) AS instalment,
  months_on(disbursed_day, least(months, 20)) AS value_day, amount // 20 + amount // 200 AS amount, amount // 20 AS principal, amount // 200 AS interest
  FROM deals WHERE i % 20000 NOT IN (0, 3) AND months > 0 AND owes_from IS NULL AND months_on(disbursed_day, least(months, 20)) <= day() ORDER BY transaction_no;

CREATE TEMP VIEW loan_note AS SELECT row_name('JJ', i) AS loan_note_no, contract_no AS contract, 'working_capital_loan' AS facility, amount, disbursed_day,
  CASE WHEN disbursed_day + 3 <= day() AND i % 2000 <> 8 THEN CAST(disbursed_day + 3 AS DATE) END AS fully_paid_out_day, CASE WHEN i % 20 = 2 THEN months_on(disbursed_day, 12) ELSE maturity_day END AS maturity_day,
  CAST(0 AS BIGINT) AS extensions, CASE WHEN i % 20 = 2 AND months_on(disbursed_day, 12) < day() THEN months_on(disbursed_day, 12) ELSE settled_day END AS settled_day FROM deals WHERE i % 20 < 10 AND i % 20 <> 6 AND i % 20000 <> 3 AND i % 2000 <> 7;
CREATE TEMP VIEW use_agreement AS SELECT row_name('JJ', i) AS loan_note, 'invoicing' AS kind, CAST(disbursed_day + 30 AS DATE) AS agreed_day,
  CASE WHEN disbursed_day + 30 < day() AND dice(i, 66, 30) > 0 THEN CAST(disbursed_day + 29 AS DATE) END AS verified_use_day FROM deals WHERE i % 20 = 8;
CREATE TEMP VIEW redemption AS SELECT contract_no AS contract, ago(20 - dice(i, 67, 300)) AS redemption_day, amount,
  CASE WHEN dice(i, 67, 300) < 15 AND dice(i, 68, 4) > 0 THEN ago(30 - dice(i, 67, 300)) END AS prompted_day,
  CASE WHEN dice(i, 67, 300) < 15 AND dice(i, 69, 4) > 0 THEN ago(25 - dice(i, 67, 300)) END AS funded_day FROM deals WHERE i % 20 = 9;
CREATE TEMP VIEW fee_receivable AS SELECT contract_no AS contract, CAST(1 AS BIGINT) AS instalment_no, CAST(disbursed_day + 5 AS DATE) AS receivable_day, amount // 100 AS amount,
  CASE WHEN disbursed_day + 5 < day() AND dice(i, 70, 40) > 0 THEN CAST(disbursed_day + 5 AS DATE) END AS collected_day FROM deals WHERE line = 'guarantee';
CREATE TEMP VIEW counter_guarantee AS SELECT contract_no AS contract, p.party_no AS counter_guarantor, 'surety' AS mode, disbursed_day AS since
  FROM deals d JOIN people p ON p.j = (d.j + 20) % parties() WHERE i % 20 IN (0, 3, 4, 10, 12);
CREATE TEMP VIEW file_volume AS SELECT contract_no AS contract, 'basic_volume' AS volume_kind, disbursed_day AS formed_day,
  CASE WHEN disbursed_day + 20 < day() AND dice(i, 71, 40) > 0 THEN CAST(disbursed_day + 20 AS DATE) END AS handed_to_archive_day FROM deals
  WHERE line = 'guarantee' OR (line = 'micro_loan' AND i % 2000 < 20);
CREATE TEMP VIEW archive_loan AS SELECT row_name('JY', i) AS archive_loan_no, contract_no || '/basic_volume' AS file_volume, manager_of(i) AS borrowed_by,
  ago(10) AS lent_day, ago(3) AS return_due_day FROM deals WHERE line IN ('guarantee', 'micro_loan') AND i % 2000 < 20 AND disbursed_day < ago(10);
CREATE TEMP VIEW collateral AS SELECT row_name('YP', i) AS collateral_no, contract_no AS contract, 'inventory' AS kind, CAST(100 AS DECIMAL(18, 6)) AS minimum_quantity,
  'stored' AS status, CAST(disbursed_day AS DATE) AS stored_day FROM deals WHERE i % 20 = 1 AND dice(i, 72, 3) = 0;
CREATE TEMP VIEW stock_record AS SELECT row_name('YP', i) AS collateral, ago(d) AS on_day, 'on_site' AS origin,
  CAST(CASE WHEN dice(i, 73, 25) = 0 AND d < 2 THEN 80 ELSE 120 END AS DECIMAL(18, 6)) AS actual_quantity, TRUE AS supervision_sound, TRUE AS swap_compliant
  FROM deals, range(3) AS t(d) WHERE i % 20 = 1 AND dice(i, 72, 3) = 0 AND ago(d) > disbursed_day AND dice(i * 3 + d, 74, 4) > 0;

-- the last two checks of each contract that is checked; the newer one is of the last weeks for most, of the last month where that is the rule
CREATE TEMP TABLE visits AS
  SELECT d.*, v, ago(1 + dice(i * 2 + v, 80, CASE WHEN line = 'guarantee' AND dice(i, 60, 100) // 30 = 2 THEN 31 ELSE 60 END) + v * 70) AS inspected_day,
    CASE line WHEN 'guarantee' THEN 'regular' WHEN 'loan' THEN 'routine' ELSE 'follow_up' END AS kind FROM deals d, range(2) AS t(v)
  WHERE line <> 'car_loan' AND (line <> 'micro_loan' OR dice(i, 81, 12) > 0);
CREATE TEMP VIEW inspection AS
  SELECT row_name('ZF', i * 4 + v) AS visit_no, contract_no AS contract, v.kind, p.party_no AS client, inspected_day, manager_of(i) AS inspected_by,
    CASE WHEN dice(i, 82, 200) = 0 AND v = 0 THEN CASE WHEN dice(i, 83, 2) = 0 THEN 'refused' ELSE 'put_off' END ELSE 'done' END AS result,
    dice(i * 2 + v, 84, 50) = 0 AS urgent, CASE WHEN dice(i * 2 + v, 85, 60) > 0 THEN CAST(least(inspected_day + 1, day()) AS DATE) END AS report_submitted_day,
    CASE WHEN dice(i * 2 + v, 85, 60) > 0 THEN CAST(least(inspected_day + 1, day()) AS DATE) END AS filed_day,
    CASE WHEN v.kind = 'routine' AND dice(i * 2 + v, 85, 60) > 0 THEN CAST(least(inspected_day + 1, day()) AS DATE) END AS sent_to_project_day,
    CASE WHEN v.kind = 'routine' AND dice(i * 2 + v, 85, 60) > 0 THEN CAST(least(inspected_day + 1, day()) AS DATE) END AS sent_to_risk_day,
    CASE WHEN dice(i * 2 + v, 85, 60) > 0 THEN CAST(least(inspected_day + 1, day()) AS DATE) END AS written_advice_day,
    CASE WHEN line = 'loan' THEN CAST(50000000 + dice(i, 86, 100) * 100000 + CASE WHEN v = 0 AND dice(i, 87, 50) = 0 THEN 30000000 ELSE 0 END AS BIGINT) END AS inventory,
    CAST(CASE WHEN dice(i * 2 + v, 88, 400) = 0 THEN 20 END AS BIGINT) AS days_idle, CAST(NULL AS BOOLEAN) AS diversion_found, dice(i * 2 + v, 89, 300) = 0 AS internal_change
  FROM visits v JOIN people p ON p.j = v.j WHERE inspected_day > disbursed_day
  UNION ALL
  SELECT row_name('ZF', i * 4 + 2), contract_no, 'purpose', p.party_no, CAST(disbursed_day + 4 AS DATE), manager_of(i), 'done', FALSE, CAST(disbursed_day + 5 AS DATE),
    CAST(disbursed_day + 5 AS DATE), NULL, NULL, NULL, NULL, NULL, dice(i, 90, 300) = 0, NULL
  FROM deals d JOIN people p ON p.j = d.j WHERE i % 20 < 10 AND i % 2000 <> 7 AND disbursed_day + 5 < day() AND dice(i, 91, 50) > 0
  ORDER BY visit_no;
CREATE TEMP VIEW call_back AS SELECT row_name('HF', i) AS call_back_no, p.party_no AS client, contract_no AS contract, ago(1 + dice(i, 92, 120)) AS on_day,
  'visit' AS kind, manager_of(i) AS first_visitor, CASE WHEN dice(i, 93, 40) > 0 THEN ago(dice(i, 92, 120)) END AS filed_day
  FROM deals d JOIN people p ON p.j = d.j WHERE line = 'micro_loan' AND dice(i, 94, 3) > 0;
CREATE TEMP VIEW contact AS
  SELECT row_name('LL', i * 4 + c) AS contact_no, p.party_no AS party, contract_no AS contract, ago(1 + c + dice(i, 95, 20)) AS on_day,
    CAST(9 + dice(i, 96, 14) AS BIGINT) AS clock_hour, 'phone' AS mode, CASE WHEN owes_from IS NULL THEN 'payment_reminder' ELSE 'collecting' END AS matter,
    'in_person' AS answered_by, '139' || lpad(CAST(d.j AS VARCHAR), 8, '0') AS dialled_no, CASE WHEN owes_from IS NOT NULL AND dice(i, 97, 3) > 0 THEN 'failed' ELSE 'connected' END AS result
  FROM deals d JOIN people p ON p.j = d.j, range(4) AS t(c) WHERE CASE WHEN owes_from IS NULL THEN line = 'car_loan' AND c = 0 ELSE i % 7 > 0 END ORDER BY contact_no;
CREATE TEMP VIEW collection_action AS SELECT row_name('CS', i) AS action_no, contract_no AS contract, CASE WHEN i % 3 = 0 THEN 'repossession' ELSE 'letter' END AS kind,
  ago(4) AS on_day FROM deals WHERE line = 'car_loan' AND owes_from IS NOT NULL AND months - owes_from > 1 AND i % 2 = 0;

-- cars
CREATE TEMP VIEW vehicle AS SELECT vehicle_name(i // 5) AS vin, contract_no AS contract, CASE WHEN j % 40 = 10 THEN plate_of(j) END AS plate, disbursed_day AS picked_up_day,
  CASE WHEN disbursed_day + 2 < day() AND dice(i, 100, 60) > 0 THEN CAST(disbursed_day + 2 AS DATE) END AS invoice_returned_day,
  CASE WHEN disbursed_day + 10 < day() AND dice(i, 101, 60) > 0 THEN CAST(disbursed_day + 10 AS DATE) END AS plated_day,
  CASE WHEN disbursed_day + 25 < day() AND dice(i, 102, 60) > 0 AND dice(i, 111, 30) > 0 AND dice(i, 113, 40) > 0 THEN CAST(disbursed_day + 25 AS DATE) END AS mortgaged_day,
  CAST(day() + dice(i, 103, 360) - 5 AS DATE) AS compulsory_insurance_expiry, CAST(day() + dice(i, 103, 360) AS DATE) AS commercial_insurance_expiry,
  CASE WHEN dice(i, 104, 200) = 0 THEN '他人' ELSE '示范担保公司' END AS first_beneficiary, CAST(day() + dice(i, 105, 720) - 5 AS DATE) AS roadworthy_until,
  CAST(day() + dice(i, 106, 360) AS DATE) AS next_service_day, dice(i, 107, 300) = 0 AS both_devices_lost, CASE WHEN dice(i, 107, 300) = 0 THEN ago(9) END AS lost_day
  FROM deals WHERE line = 'car_loan' AND i % 5 = 0 ORDER BY vin;
CREATE TEMP VIEW device AS SELECT row_name('SB', i // 5 * 2 + s) AS device_no, vehicle_name(i // 5) AS vehicle, CASE WHEN s = 0 THEN 'wired' ELSE 'wireless' END AS power_supply,
  disbursed_day AS installed_day FROM deals, range(2) AS t(s) WHERE line = 'car_loan' AND i % 5 = 0 ORDER BY device_no;
CREATE TEMP VIEW device_anomaly AS SELECT row_name('SB', i // 5 * 2) AS device,
  ['offline', 'power_cut', 'tampered', 'second_pledge_stay', 'out_of_province', 'not_moved', 'stop_differs', 'constant_low_speed'][dice(i, 108, 8) + 1] AS kind,
  ago(2 + dice(i, 109, 20)) AS since, CAST(48 AS BIGINT) AS duration_hours FROM deals WHERE line = 'car_loan' AND i % 5 = 0 AND disbursed_day < day() - 30 AND dice(i, 110, 10) = 0;
CREATE TEMP VIEW mortgage_notice AS SELECT vehicle_name(i // 5) AS vehicle, CAST(s + 1 AS BIGINT) AS sequence_no, days_on(disbursed_day, 12 + s * 10) AS notified_day,
  s = 0 AND dice(i, 111, 30) = 0 AS client_fault, CASE WHEN dice(i * 2 + s, 112, 20) > 0 THEN days_on(disbursed_day, 12 + s * 10) END AS scheduled_day,
  CASE WHEN dice(i, 111, 30) > 0 AND dice(i, 113, 40) > 0 THEN days_on(disbursed_day, 13 + s * 10) END AS arranged_day
  FROM deals, range(2) AS t(s) WHERE line = 'car_loan' AND i % 5 = 0 AND disbursed_day + 30 < day() AND (s = 0 OR dice(i, 111, 30) = 0) ORDER BY vehicle, sequence_no;
CREATE TEMP VIEW location_query AS SELECT row_name('DW', i) AS query_no, vehicle_name(i // 5) AS vehicle, ago(1) AS on_day, '客户' AS applicant, i % 2 = 0 AS in_person,
  TRUE AS identity_verified, 'phone' AS mode FROM deals WHERE line = 'car_loan' AND i % 5 = 0 AND dice(i, 114, 50) = 0;
CREATE TEMP VIEW member AS SELECT row_name('HY', j) AS member_no, branch_name(35 + j % 5) AS branch, '会员' || j AS full_name, plate_of(j) AS plate,
  days_on(months_on(day(), -400), -dice(j, 115, 365) * (j % 4)) AS birthday,
  days_on(day(), 3 + dice(j, 119, 20)) AS next_service_day FROM people WHERE j % 20 = 11 AND dice(j, 116, 5) = 0;
CREATE TEMP VIEW service_order AS SELECT row_name('DD', j) AS order_no, row_name('HY', j) AS member, ago(3 + dice(j, 117, 20)) AS finished_day,
  CASE WHEN dice(j, 118, 10) > 0 THEN ago(2 + dice(j, 117, 20)) END AS thanked_day FROM people WHERE j % 20 = 11 AND dice(j, 116, 5) = 0;
