-- What all tables of the big book share. Set before: day (DATE), n (contracts), managers (per branch), posts (list of posts).
-- Everything follows from row numbers by whole-number arithmetic, so the same size gives the same book everywhere.

-- a number from 0 to sides - 1 that looks thrown, always the same for one row and one purpose
CREATE MACRO dice(i, purpose, sides) AS
  CAST(((((i + purpose * 7919) * 2654435761) % 4294967291) * 48271 % 2147483647) // 7 % sides AS INTEGER);

CREATE MACRO day() AS getvariable('day');
CREATE MACRO contracts() AS CAST(getvariable('n') AS BIGINT);
CREATE MACRO parties() AS contracts() * 4 // 5;
CREATE MACRO branches() AS 40;
-- days that lie some days back or some months on
CREATE MACRO ago(k) AS CAST(day() - CAST(k AS INTEGER) AS DATE);
CREATE MACRO days_on(d, k) AS CAST(d + CAST(k AS INTEGER) AS DATE);
CREATE MACRO months_on(d, k) AS CAST(d + to_months(CAST(k AS INTEGER)) AS DATE);

-- names of rows
CREATE MACRO contract_name(i) AS 'HT' || lpad(CAST(i AS VARCHAR), 8, '0');
CREATE MACRO staff_name(branch, place) AS 'E' || lpad(CAST(branch * 1000 + place AS VARCHAR), 6, '0');
CREATE MACRO branch_name(b) AS 'B' || lpad(CAST(b AS VARCHAR), 3, '0');
CREATE MACRO row_name(head, i) AS head || lpad(CAST(i AS VARCHAR), 8, '0');

-- identity numbers with their proof
CREATE MACRO figure_at(t, i) AS CAST(substr(t, i, 1) AS INTEGER);
CREATE MACRO resident_proof(t) AS substr('10X98765432', (figure_at(t, 1) * 7 + figure_at(t, 2) * 9 + figure_at(t, 3) * 10
  + figure_at(t, 4) * 5 + figure_at(t, 5) * 8 + figure_at(t, 6) * 4 + figure_at(t, 7) * 2 + figure_at(t, 8) * 1 + figure_at(t, 9) * 6
  + figure_at(t, 10) * 3 + figure_at(t, 11) * 7 + figure_at(t, 12) * 9 + figure_at(t, 13) * 10 + figure_at(t, 14) * 5
  + figure_at(t, 15) * 8 + figure_at(t, 16) * 4 + figure_at(t, 17) * 2) % 11 + 1, 1);
CREATE MACRO company_proof(t) AS substr('0123456789ABCDEFGHJKLMNPQRTUWXY', (31 - (figure_at(t, 1) * 1 + figure_at(t, 2) * 3
  + figure_at(t, 3) * 9 + figure_at(t, 4) * 27 + figure_at(t, 5) * 19 + figure_at(t, 6) * 26 + figure_at(t, 7) * 16
  + figure_at(t, 8) * 17 + figure_at(t, 9) * 20 + figure_at(t, 10) * 29 + figure_at(t, 11) * 25 + figure_at(t, 12) * 13
  + figure_at(t, 13) * 8 + figure_at(t, 14) * 24 + figure_at(t, 15) * 10 + figure_at(t, 16) * 30 + figure_at(t, 17) * 28) % 31) % 31 + 1, 1);
-- LSVNV133?K2 and six figures: the letters come to 186 under the weights
CREATE MACRO plate_of(j) AS '豫A' || lpad(CAST(j // 20 % 100000 AS VARCHAR), 5, '0');
CREATE MACRO vehicle_name(k) AS 'LSVNV133' || substr('0123456789X', (186 + (k // 100000 % 10) * 7 + (k // 10000 % 10) * 6
  + (k // 1000 % 10) * 5 + (k // 100 % 10) * 4 + (k // 10 % 10) * 3 + (k % 10) * 2) % 11 + 1, 1) || 'K2' || lpad(CAST(k AS VARCHAR), 6, '0');

-- the kinds of contracts and of parties, by row number: 35 % guaranteed, 15 % lent, 20 % car loans, 30 % micro-loans
CREATE MACRO line_of(i) AS CASE WHEN i % 20 < 7 THEN 'guarantee' WHEN i % 20 < 10 THEN 'loan' WHEN i % 20 < 14 THEN 'car_loan' ELSE 'micro_loan' END;
CREATE MACRO branch_of(i) AS CASE WHEN i % 20 < 7 THEN i // 20 % 20 WHEN i % 20 < 10 THEN 30 + i // 20 % 5
  WHEN i % 20 < 14 THEN i // 20 % 20 ELSE 20 + i // 20 % 10 END;
CREATE MACRO manager_of(i) AS staff_name(branch_of(i), 100 + dice(i, 1, getvariable('managers')));
CREATE MACRO is_enterprise(j) AS j % 20 IN (0, 1, 2, 7);

CREATE TEMP TABLE people AS
  SELECT j, CASE WHEN is_enterprise(j) THEN company_text || company_proof(company_text) ELSE resident_text || resident_proof(resident_text) END AS party_no
  FROM (SELECT j, '91370102' || lpad(CAST(j AS VARCHAR), 9, '0') AS company_text,
          CAST(370102 + j % 4 AS VARCHAR) || strftime(DATE '1984-01-01' + CAST(j * 37 % 8030 AS INTEGER), '%Y%m%d') || lpad(CAST(j // 8030 % 1000 AS VARCHAR), 3, '0') AS resident_text
        FROM range(parties()) AS t(j));

-- what later tables lean on: one row per contract, with how it is paid
CREATE TEMP TABLE deals AS
  WITH begun AS (
    SELECT i, line_of(i) AS line, i % parties() AS j,
      CASE WHEN i % 20000 IN (0, 3) THEN day() - 615 ELSE day() - 1 - dice(i, 2, 580) END AS disbursed_day, dice(i, 3, 1000) AS habit,
      CAST(1000000 AS BIGINT) * (1 + dice(i, 5, CASE WHEN line_of(i) = 'micro_loan' THEN 40 ELSE 300 END)) AS amount
    FROM range(contracts()) AS t(i)),
  elapsed AS (
    SELECT *, months_on(disbursed_day, 20) AS maturity_day, CAST(floor((day() - disbursed_day) / 30.44) AS INTEGER) AS months,
      CASE WHEN i % 20000 NOT IN (0, 3) AND dice(i, 6, 100) < 8 AND disbursed_day < day() - 60 THEN day() - dice(i, 7, 50) END AS settled_day
    FROM begun)
  SELECT *, contract_name(i) AS contract_no,
    -- 2 % owe everything since some month, 3 % were late with one or two months, the others pay on the day
    CASE WHEN habit < 20 AND settled_day IS NULL THEN greatest(1, months - dice(i, 8, 15)) END AS owes_from,
    CASE WHEN habit BETWEEN 20 AND 49 THEN 1 + dice(i, 9, 6) END AS late_from
  FROM elapsed;
