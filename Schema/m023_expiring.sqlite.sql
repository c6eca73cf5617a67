-- Methods whose printed month comes near; those that are past it are tried all the same.
CREATE INDEX payment_methods_active ON payment_methods (expires, id) WHERE state = 'active';
