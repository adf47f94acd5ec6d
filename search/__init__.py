"""Finding: reads the models, writes only the index. The database is the truth, the index may be wiped at any moment."""
