"""Conjugate gradients for the five-point scheme."""


def laplace(u, out, h):
    """-u'' at the inner points; the edge of `u` is zero and stays so."""
    out[1:-1, 1:-1] = (
        4 * u[1:-1, 1:-1] - u[:-2, 1:-1] - u[2:, 1:-1] - u[1:-1, :-2] - u[1:-1, 2:]
    ) / (h * h)
    return out


def solve(zeros, size: int, tolerance: float = 1e-10):
    """The plate and the number of iterations. `size` is odd, so that a point lies in the middle."""
    size += 1 - size % 2
    h = 1 / (size + 1)
    u, r, product = (zeros(size + 2, size + 2) for _ in range(3))
    r[1:-1, 1:-1] = 1.0
    p = r * 1.0
    rr = float((r * r).sum())
    goal = rr * tolerance**2
    iterations = 0
    while rr > goal:
        laplace(p, product, h)
        step = rr / float((p * product).sum())
        u += step * p
        r -= step * product
        rr, before = float((r * r).sum()), rr
        p = r + (rr / before) * p
        iterations += 1
    middle = (size + 1) // 2
    return float(u[middle, middle]), iterations
