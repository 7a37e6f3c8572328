SELECT count(*) FROM ledger.closing
