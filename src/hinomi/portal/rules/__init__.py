"""What the rules can see: 検知の範囲. Staff only; it says nothing of a company."""
