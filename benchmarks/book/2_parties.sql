-- Clients and sureties, their statements and what others say of them.
CREATE TEMP VIEW party AS SELECT party_no, CASE WHEN is_enterprise(j) THEN '示范' || j || '有限公司' ELSE '客户' || j END AS title,
  CASE WHEN is_enterprise(j) THEN 'enterprise' ELSE 'individual' END AS kind, '139' || lpad(CAST(j AS VARCHAR), 8, '0') AS mobile, FALSE AS state_owned,
  CAST(CASE WHEN is_enterprise(j) THEN 2 + dice(j, 20, 3) END AS BIGINT) AS bank_rating,
  CASE WHEN is_enterprise(j) THEN CASE WHEN dice(j, 21, 500) = 0 THEN 'suspended' ELSE 'normal' END END AS licence_status,
  CASE WHEN line_of(j) = 'micro_loan' THEN CASE WHEN dice(j, 22, 100) < 2 THEN 'key_account' WHEN dice(j, 22, 100) < 10 THEN 'premium' ELSE 'ordinary' END END AS client_tier,
  manager_of(j) AS caretaker, DATE '2024-01-02' AS file_opened_day FROM people ORDER BY party_no;

-- one enterprise in two gives statements: seven quarters, two years; three in a hundred have each some trouble of their own kind
CREATE TEMP TABLE reporting AS SELECT party_no, j, dice(j, 23, 400) AS trouble, 100000000 + CAST(dice(j, 24, 900) AS BIGINT) * 1000000 AS size
  FROM people WHERE j % 20 IN (0, 1);
CREATE TEMP VIEW statement AS
  WITH periods AS (
    SELECT last_day(months_on(DATE '2025-03-01', q * 3)) AS period_end, 'quarter' AS basis_period, q % 4 + 1 AS quarters, q > 3 AS now FROM range(7) AS t(q)
    UNION ALL SELECT DATE '2024-12-31', 'year', 4, FALSE UNION ALL SELECT DATE '2025-12-31', 'year', 4, FALSE),
  told AS (SELECT r.*, p.* , CASE WHEN now THEN trouble ELSE -1 END AS t, size * quarters // 4 AS part FROM reporting r, periods p),
  shaped AS (
    SELECT *, CASE WHEN t = 6 THEN -size // 5 ELSE size // 2 END AS own,
      CASE WHEN t = 5 THEN part * 108 // 100 ELSE part END AS sold
    FROM told)
  SELECT party_no AS party, period_end, basis_period, FALSE AS consolidated, CAST(period_end + 40 AS DATE) AS received_day,
    size // 10 AS cash, CASE WHEN t = 1 THEN size // 3 ELSE size // 5 END AS receivables, CASE WHEN t = 2 THEN size // 50 ELSE size // 200 END AS bad_debt_provision,
    CASE WHEN t = 3 THEN size // 8 ELSE size // 20 END AS related_receivables, CASE WHEN t = 4 THEN size // 3 ELSE size // 6 END AS inventory,
    CASE WHEN t = 7 THEN size // 5 ELSE size // 3 END AS net_fixed_assets, size AS total_assets, CASE WHEN t = 8 THEN size // 3 ELSE size // 8 END AS short_term_loans,
    size - own AS total_liabilities, own AS equity, sold AS revenue, sold * 7 // 10 AS cost_of_sales, CASE WHEN t = 2 THEN part // 50 ELSE part // 100 END AS bad_debt_loss,
    CASE WHEN t = 9 THEN -part // 50 WHEN t = 5 THEN part // 20 ELSE part // 12 END AS net_profit, CAST(0 AS BIGINT) AS depreciation,
    CASE WHEN t = 10 THEN sold // 2 ELSE sold END AS operating_inflow, CASE WHEN t = 10 THEN -part // 10 ELSE part // 10 END AS operating_net_flow,
    CASE WHEN t = 11 THEN sold // 2 ELSE sold END AS taxed_revenue, sold AS bank_inflow,
    CAST(CASE WHEN t = 12 THEN 0.82 ELSE 0.4 END AS DECIMAL(18, 6)) AS top_product_share, CAST(CASE WHEN t = 12 THEN 0.61 ELSE 0.2 END AS DECIMAL(18, 6)) AS top_client_share
  FROM shaped ORDER BY ALL;

CREATE TEMP VIEW paper_due AS SELECT party_no AS party, 'financial_statements' AS paper, DATE '2026-09-30' AS period_last_day, DATE '2026-10-20' AS paper_due_day,
  CASE WHEN dice(j, 25, 50) > 0 THEN DATE '2026-10-15' END AS received_day, CAST(dice(j, 26, 5) AS BIGINT) AS reminders, FALSE AS good_reason FROM reporting ORDER BY party;
CREATE TEMP VIEW other_credit AS SELECT party_no AS party, '银行' || b AS institution, ago(200 - q * 190) AS queried_day,
  CASE WHEN q = 1 AND dice(j, 27, 40) = 0 THEN size // 4 ELSE size // 2 END AS limit_amount,
  CASE WHEN b = 0 OR dice(j, 28, 50) > 0 THEN ago(400) ELSE ago(210 - q * 190) END AS first_seen_day
  FROM reporting, range(2) AS t(b), range(2) AS u(q) WHERE j % 3 = 0;
CREATE TEMP VIEW external_guarantee AS SELECT party_no AS party, ago(60) AS through, size * CASE WHEN dice(j, 29, 60) > 2 THEN 5 ELSE 55 + dice(j, 29, 60) END // 100 AS balance FROM reporting WHERE j % 4 = 0;
CREATE TEMP VIEW mortgage_filing AS SELECT row_name('DY', j) AS registration_no, party_no AS party, ago(300) AS filed_on_register_day,
  size * (20 + dice(j, 30, 45)) // 100 AS amount FROM reporting WHERE j % 3 = 1;
CREATE TEMP VIEW related_flow AS SELECT party_no AS party, DATE '2026-08-01' AS month_of, size * (1 + dice(j, 31, 6)) // 100 AS net_outflow FROM reporting WHERE j % 9 = 0;
CREATE TEMP VIEW quotation AS SELECT party_no AS party, ago(d * 7) AS on_day, CAST((dice(j * 10 + d, 32, 50) - 25) * 0.01 AS DECIMAL(18, 6)) AS five_day_move,
  FALSE AS risk_marked FROM reporting, range(3) AS t(d) WHERE dice(j, 33, 20) = 0;
CREATE TEMP VIEW bill AS SELECT row_name('PJ', j * 3 + b) AS bill_no, party_no AS party, 'acceptance' AS kind, ago(20 + b * 150) AS issued_day,
  size * CASE WHEN b = 0 AND dice(j, 34, 20) > 0 THEN 2 ELSE 9 + dice(j, 34, 6) END // 100 AS amount, CASE WHEN dice(j, 35, 60) = 0 THEN 'mismatch' ELSE 'matches' END AS trade_check FROM reporting, range(3) AS t(b) WHERE j % 4 = 1;

-- one party in two hundred has each kind of news
CREATE TEMP VIEW event AS SELECT row_name('SJ', j) AS event_no, party_no AS party, ['dispute', 'lawsuit', 'accident', 'personnel_change', 'media_exposure', 'wilful_arrears', 'debt_evasion'][dice(j, 40, 7) + 1] AS kind,
  ['S17', 'S19', 'S20', 'S23', 'S27', 'S28', 'S41', NULL][row_number() OVER (ORDER BY j) % 8 + 1] AS signal,
  ago(2 + dice(j, 41, 100)) AS learned_day, TRUE AS confirmed FROM people WHERE dice(j, 42, 100) = 0;
CREATE TEMP VIEW litigation AS SELECT row_name('AH', j) AS case_no, party_no AS party, ['defendant', 'judgment_debtor', 'plaintiff'][dice(j, 43, 3) + 1] AS party_role,
  CAST(10000000 + dice(j, 44, 500) * 1000000 AS BIGINT) AS disputed_amount, ago(90) AS case_opened_day, ago(60) AS learned_day FROM people WHERE dice(j, 45, 200) = 0;
CREATE TEMP VIEW penalty AS SELECT row_name('CF', j) AS document_no, party_no AS party, ['tax_office', 'customs', 'other'][dice(j, 46, 3) + 1] AS agency,
  CAST(dice(j, 47, 300) * 100000 AS BIGINT) AS amount, FALSE AS affects_licence, ago(40) AS learned_day FROM people WHERE dice(j, 48, 200) = 0;
CREATE TEMP VIEW listing AS SELECT party_no AS party, ['bankruptcy', 'defaulter', 'other'][dice(j, 49, 3) + 1] AS listing, ago(30) AS learned_day FROM people WHERE dice(j, 50, 200) = 0;
CREATE TEMP VIEW registry_change AS SELECT party_no AS party, ['legal_representative', 'business_scope', 'capital_cut', 'address'][dice(j, 51, 4) + 1] AS kind,
  ago(50) AS on_day, ago(45) AS learned_day FROM people WHERE dice(j, 52, 100) = 0
  -- and some of those that owe cut their capital meanwhile
  UNION ALL SELECT DISTINCT p.party_no, 'capital_cut', ago(40), ago(35) FROM deals d JOIN people p ON p.j = d.j
    WHERE is_enterprise(d.j) AND owes_from IS NOT NULL AND dice(d.j, 147, 4) = 0;
CREATE TEMP VIEW change_impact AS SELECT 'BD01' AS change_no, party_no AS client, 'market' AS change, ago(6) AS learned_day,
  CASE WHEN dice(j, 53, 3) > 0 THEN ago(5) END AS prompted_day FROM people WHERE j % 20 > 13 AND dice(j, 54, 50) = 0;
CREATE TEMP VIEW wealth_share AS SELECT party_no AS client, row_name('LC', j) AS share_no, CAST(10000000 AS BIGINT) AS amount, ago(3 - dice(j, 55, 200)) AS maturity_day
  FROM people WHERE j % 20 = 3 AND dice(j, 56, 5) = 0;
