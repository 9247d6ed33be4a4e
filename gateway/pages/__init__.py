"""Server-rendered pages for applicants, officers and operators: complete without JavaScript, in two languages."""
