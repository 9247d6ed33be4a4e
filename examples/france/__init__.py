"""A tender eligibility dossier over recorded answers of French agencies: ten reads of one real API, one dossier."""
