package postgres

// VerifyRole lets tests ask as a role that cannot log in to their cluster.
var VerifyRole = verifyRole
