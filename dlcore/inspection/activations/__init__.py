"""What a network makes of one digit: every number on the way, and what each unit is good for."""
