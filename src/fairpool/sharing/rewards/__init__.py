"""What agents get for rows that agree with the others': money, or rows in return."""
