SELECT count(*) FROM ledger.approval WHERE status = 'active'
