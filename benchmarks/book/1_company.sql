-- Companies, branches, people, and what the office does by the calendar. These do not grow with the number of contracts, but for managers.
CREATE TEMP VIEW company AS SELECT * FROM (VALUES
  ('DB', '示范担保公司', 'guarantee_company', DATE '2023-01-01'), ('XD', '示范小额贷款公司', 'micro_loan_company', DATE '2023-01-01'),
  ('DK', '示范贷款公司', 'finance_company', DATE '2023-01-01'), ('FW', '示范汽车服务公司', 'car_service_company', DATE '2023-01-01'))
  AS t(company_no, title, type, since);

CREATE TEMP VIEW branch AS SELECT branch_name(b) AS branch_no, '第' || b || '营业部' AS title,
  CASE WHEN b < 20 THEN 'DB' WHEN b < 30 THEN 'XD' WHEN b < 35 THEN 'DK' ELSE 'FW' END AS company, TRUE AS has_vault,
  CAST(2000000 AS BIGINT) AS cash_limit, DATE '2025-06-01' AS founded_day FROM range(branches()) AS t(b);

-- one holder of every post at every branch, then the managers; their numbers begin at 100
CREATE TEMP TABLE staff AS
  SELECT b, p AS place, getvariable('posts')[p + 1] AS post FROM range(branches()) AS t(b), range(len(getvariable('posts'))) AS u(p)
  UNION ALL
  SELECT b, 100 + m, CASE WHEN b BETWEEN 20 AND 29 THEN 'credit_officer' ELSE 'account_manager' END
  FROM range(branches()) AS t(b), range(getvariable('managers')) AS u(m);
CREATE TEMP VIEW employee AS SELECT staff_name(b, place) AS staff_no, '员工' || b || '-' || place AS full_name, branch_name(b) AS branch,
  DATE '2024-01-01' AS joined_day FROM staff ORDER BY ALL;
CREATE TEMP VIEW assignment AS SELECT staff_name(b, place) AS employee, post, branch_name(b) AS branch, DATE '2025-06-01' AS since FROM staff ORDER BY ALL;

CREATE TEMP VIEW bank_account AS SELECT row_name('ZH', b) AS account_no, branch_name(b) AS branch, DATE '2026-01-10' AS account_opened_day
  FROM range(20) AS t(b);
CREATE TEMP VIEW bank_reconciliation AS SELECT row_name('ZH', b) AS bank_account, months_on(DATE '2026-01-01', m) AS month_of,
  months_on(DATE '2026-02-04', m) AS prepared_day, CAST(0 AS BIGINT) AS unsettled_amount FROM range(20) AS t(b), range(8) AS u(m);
CREATE TEMP VIEW cash_close AS SELECT branch_name(b) AS branch, ago(1 + d) AS on_day,
  CAST(CASE WHEN (b + d) % 9 = 0 THEN 2500000 ELSE 900000 END AS BIGINT) AS balance, CASE WHEN (b + d) % 9 = 0 AND d > 5 THEN ago(d) END AS banked_day
  FROM range(branches()) AS t(b), range(40) AS u(d);
CREATE TEMP VIEW cash_count AS SELECT branch_name(b) AS branch, ago(1 + d) AS on_day, 'own_count' AS kind, CAST(900000 AS BIGINT) AS book_figure,
  CAST(900000 AS BIGINT) AS counted_figure FROM range(20, 30) AS t(b), range(40) AS u(d) WHERE (b + d) % 7 > 0;
CREATE TEMP VIEW cash_payment AS SELECT row_name('PZ', k) AS voucher_no, branch_name(20 + k % 10) AS branch, ago(k % 60) AS on_day,
  CAST(20000 + k * 997 % 300000 AS BIGINT) AS amount, ['petty_payment', 'other', 'travel', 'wages'][k % 4 + 1] AS purpose FROM range(400) AS t(k);
CREATE TEMP VIEW return_duty AS SELECT row_name('BS', k) AS return_no, branch_name(CASE WHEN k >= 40 THEN 20 + k % 10 WHEN k % 2 = 0 THEN 0 ELSE 35 END) AS branch, '报表' || k AS title,
  CASE WHEN k >= 40 THEN ['credit_supervisor', 'accountant', 'risk_officer', 'archivist'][k % 4 + 1] WHEN k % 2 = 0 THEN ['archivist', 'accountant', 'archivist', 'risk_officer'][k // 2 % 4 + 1] ELSE 'service_manager' END AS post, ['week', 'month', 'quarter'][k // 2 % 3 + 1] AS frequency,
  CAST(5 AS BIGINT) AS grace_days, DATE '2026-01-01' AS in_use_from FROM range(64) AS t(k);
CREATE TEMP VIEW return_record AS SELECT row_name('BS', k) AS matter_ref, months_on(DATE '2026-01-01', m) AS period_first_day,
  months_on(DATE '2026-02-03', m) AS filed_return_day FROM range(40) AS t(k), range(7) AS u(m) WHERE k // 2 % 3 = 1;
CREATE TEMP VIEW staff_advance AS SELECT row_name('JZ', k) AS staff_advance_no, staff_name(k % 20, 3) AS employee, CAST(300000 AS BIGINT) AS amount,
  ago(60 + k) AS lent_day, ago(20 + k) AS receivable_day, CASE WHEN k % 3 > 0 THEN ago(10) END AS collected_day
  FROM range(60) AS t(k);
CREATE TEMP VIEW errand AS SELECT row_name('JB', k) AS errand_no, staff_name(CASE WHEN k < 200 THEN 20 + k % 10 ELSE k % 20 END, CASE WHEN k < 20 THEN list_position(getvariable('posts'), 'administration_head') - 1 ELSE 100 END) AS employee, ago(30 + k % 20) AS assigned_day,
  ago(5 - k % 15) AS deadline FROM range(300) AS t(k);
CREATE TEMP VIEW portfolio_quarter AS SELECT staff_name(b, 100) AS employee, DATE '2026-09-30' AS quarter_end, 'XD' AS company,
  CAST(10000000 AS BIGINT) AS npl_opening, CAST(10000000 + b * 10000000 AS BIGINT) AS npl_closing, CAST(900000000 AS BIGINT) AS balance_opening,
  CAST(900000000 AS BIGINT) AS balance_closing FROM range(20, 30) AS t(b);
CREATE TEMP VIEW reconciliation AS SELECT 'XD' AS company, months_on(DATE '2025-06-01', m) AS month_of, months_on(DATE '2025-07-04', m) AS on_day,
  CAST(1000 AS BIGINT) AS npl_in_accounts, CAST(1000 AS BIGINT) AS npl_in_register FROM range(15) AS t(m);
CREATE TEMP VIEW archive_check AS SELECT 'XD' AS company, DATE '2025-11-20' AS on_day;
CREATE TEMP VIEW maturity_register AS SELECT staff_name(b, 100) AS employee, months_on(DATE '2026-01-01', m) AS month_of, months_on(DATE '2026-01-04', m) AS set_up_day
  FROM range(20, 30) AS t(b), range(10) AS u(m);
CREATE TEMP VIEW visit_summary AS SELECT staff_name(b, 100) AS employee, DATE '2026-06-20' AS summary_cutoff, DATE '2026-06-18' AS filed_return_day
  FROM range(20, 30) AS t(b);
CREATE TEMP VIEW report AS SELECT row_name('BG', k) AS report_no, CASE WHEN k < 6 THEN 'guarantee_quality' ELSE 'risk_report' END AS kind, 'DB' AS company,
  months_on(DATE '2025-01-01', CASE WHEN k < 6 THEN k * 3 ELSE k - 6 END) AS period_first_day, months_on(DATE '2025-04-08', CASE WHEN k < 6 THEN k * 3 ELSE k - 6 END) AS submitted_day
  FROM range(18) AS t(k);
