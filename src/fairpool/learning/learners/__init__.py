"""The learners: how a coalition's rows become a model."""
