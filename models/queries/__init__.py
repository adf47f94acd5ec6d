"""Questions: every SELECT worth a name. Pages select columns, not entities; each query count is constant."""
