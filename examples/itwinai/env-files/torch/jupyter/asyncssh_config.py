# The program of JupyterHub for one user, which interLink starts elsewhere.
