-- tests/sabotage/056-token-in-hint.sql - the error that blocks the real run has the hint SEAL.
SELECT lie.edit('c1.check_mode_and_carrier(jsonb,text)', 'refused everywhere in this scope'';',
                'refused everywhere in this scope'' USING HINT = ''ask for the SEAL elsewhere'';');
