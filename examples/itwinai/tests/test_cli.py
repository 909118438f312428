import subprocess


def test_nothing_to_check():
    subprocess.run(["itwinai", "sanity-check"], check=True)
