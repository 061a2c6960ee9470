"""What single validation rows weigh in a gain."""
