"""Jobs of any table's problem: read and check, split, train, evaluate, score and measure."""
