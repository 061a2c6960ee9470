"""Markets of papers, as published: one for features, versions of one model by noise, two contributors."""
