import time, subprocess, os, re, sys
def test_probe(versioned):
    def run(*c):
        import resource
        a=resource.getrusage(resource.RUSAGE_CHILDREN); t=time.time()
        d=versioned.run(*c)
        b=resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"{' '.join(c)[:60]}: rc {d.returncode} wall {time.time()-t:.1f} cpu {b.ru_utime+b.ru_stime-a.ru_utime-a.ru_stime:.1f}", d.stderr[-200:] if d.returncode else "", flush=True)
        return d
    from tests.conftest import Project
    versioned.good("true")
    for s in "check prepare generate transform measure train".split(): run(sys.executable,"-m",f"stages.{s}")
    for s in "untuned tuned".split(): run(sys.executable,"-m","stages.evaluate",s)
    run(sys.executable,"-m","stages.evaluate","tuned")
    run(sys.executable,"-m","stages.tabulate")
    run("dvc","repro","--no-run-cache")
    run("dvc","repro","--no-run-cache")
    run("dvc","exp","run")
    run("dvc","exp","run", "-S", "granularity=2", "prepare")
    run("dvc","stage","list")
    run("git","status")
