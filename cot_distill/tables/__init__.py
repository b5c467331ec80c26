"""Tables: .sql files over versioned verdicts, and what writes them down."""
