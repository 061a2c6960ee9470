"""The market in which every party brings a task of its own."""
