"""Reference figures for tests/tests/program/estimators.rs, by implementations that are not Seika's.

    pip install statsmodels==0.15.0 scipy==1.17.1 pandas numpy
    python tests/data/estimators.py tests/data/nsw.csv > tests/data/estimators.json

Propensity weights: statsmodels Logit (Newton), weights and Hajek means by numpy; their standard
errors by the sandwich of the stacked equations with a numerical Jacobian (`se_sandwich`). The point
estimates are also those of statsmodels' TreatmentEffect.ipw.
ANCOVA: statsmodels OLS with HC3 and Student's t. Difference in differences: OLS with an
interaction. Standardisation: statsmodels has none; numpy, and scipy gamma quantiles.
"""
import json, sys
import numpy as np, pandas as pd, scipy, statsmodels
import statsmodels.api as sm
from scipy import stats
from statsmodels.tools.numdiff import approx_fprime_cs
from statsmodels.treatment.treatment_effects import TreatmentEffect

d = pd.read_csv(sys.argv[1])
d.columns = [c.strip() for c in d.columns]
cov = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
X = sm.add_constant(d[cov].astype(float))
t = d["treat"].astype(float)
y = d["re78"].astype(float)
out = {"versions": {"statsmodels": statsmodels.__version__, "scipy": scipy.__version__,
                    "numpy": np.__version__, "pandas": pd.__version__}}

fit = sm.Logit(t, X).fit(method="newton", tol=1e-14, maxiter=100, disp=0)
e = fit.predict(X)
out["logit"] = dict(zip(["const"] + cov, map(float, fit.params)))
w_att = np.where(t == 1, 1.0, e / (1 - e))
w_ate = np.where(t == 1, 1 / e, 1 / (1 - e))
for name, w, group in [("att", w_att, 1), ("ate", w_ate, "all")]:
    m1 = np.average(y[t == 1], weights=w[t == 1])
    m0 = np.average(y[t == 0], weights=w[t == 0])
    out[name] = {"estimate": float(m1 - m0),
                 "ess_treated": float(w[t == 1].sum() ** 2 / (w[t == 1] ** 2).sum()),
                 "ess_comparison": float(w[t == 0].sum() ** 2 / (w[t == 0] ** 2).sum())}
    bal = {}
    for c in cov:
        x = d[c].astype(float)
        sd = np.sqrt((x[t == 1].var() + x[t == 0].var()) / 2)
        bal[c] = [float((x[t == 1].mean() - x[t == 0].mean()) / sd),
                  float((np.average(x[t == 1], weights=w[t == 1]) - np.average(x[t == 0], weights=w[t == 0])) / sd)]
    out[name]["balance"] = bal
    # The sandwich of the stacked equations, its Jacobian by complex-step differentiation.
    def psi(theta):
        p = 1 / (1 + np.exp(-(X.values @ theta[:-2])))
        w1 = t.values / (1 if group == 1 else p)
        w0 = (1 - t.values) * (p / (1 - p) if group == 1 else 1 / (1 - p))
        return np.column_stack([X.values * (t.values - p)[:, None],
                                w1 * (y.values - theta[-2]), w0 * (y.values - theta[-1])])
    theta = np.r_[fit.params.values, m1, m0]
    A = -approx_fprime_cs(theta, lambda v: psi(v).mean(axis=0))
    if A.ndim == 3: A = A[:, :, 0]
    B = np.linalg.inv(A)
    V = B @ (psi(theta).T @ psi(theta) / len(d) ** 2) @ B.T
    c = np.r_[np.zeros(len(theta) - 2), 1, -1]
    out[name]["se_sandwich"] = float(np.sqrt(c @ V @ c))
    ols = sm.OLS(y, X)
    te = TreatmentEffect(ols, t.values, results_select=fit)
    res = te.ipw(effect_group=group, disp=False)
    out[name]["treatment_effect"] = float(np.asarray(res.effect).ravel()[0])

A = sm.add_constant(pd.concat([t.rename("treat"), d[cov].astype(float)], axis=1))
ols = sm.OLS(y, A).fit(cov_type="HC3", use_t=True)
lo, hi = ols.conf_int(0.05).loc["treat"]
out["ancova"] = {"estimate": float(ols.params["treat"]), "se": float(ols.bse["treat"]),
                 "low": float(lo), "high": float(hi), "df": float(ols.df_resid)}

change = y - d["re75"].astype(float)
a, b = change[t == 1], change[t == 0]
w = stats.ttest_ind(a, b, equal_var=False)
ci = w.confidence_interval(0.95)
long = pd.DataFrame({"y": np.r_[d["re75"], y], "t": np.r_[t, t], "post": np.r_[np.zeros(len(d)), np.ones(len(d))]})
long["tp"] = long.t * long.post
out["did"] = {"estimate": float(sm.OLS(long.y, sm.add_constant(long[["t", "post", "tp"]])).fit().params["tp"]),
              "low": float(ci.low), "high": float(ci.high)}

# Share without a job in 1978, standardised over black x nodegree to 100, 200, 300, 400 people.
std = {(0, 0): 100, (0, 1): 200, (1, 0): 300, (1, 1): 400}
idle = (y == 0).astype(float)
est, var = 0.0, 0.0
for (bl, nd), n in std.items():
    cell = idle[(d.black == bl) & (d.nodegree == nd)]
    est += n / 1000 * cell.mean()
    var += (n / 1000) ** 2 * cell.var(ddof=1) / len(cell)
z = stats.norm.ppf(0.975)
out["standardised"] = {"estimate": est, "low": est - z * var ** 0.5, "high": est + z * var ** 0.5}

# Fay and Feuer: weights and counts of three strata.
wt, ev = np.array([0.002, 0.001, 0.004]), np.array([5.0, 12.0, 3.0])
rate, v, wm = (wt * ev).sum(), (wt ** 2 * ev).sum(), wt.max()
out["fay_feuer"] = {"rate": rate, "low": stats.gamma.ppf(0.025, rate ** 2 / v, scale=v / rate),
                    "high": stats.gamma.ppf(0.975, (rate + wm) ** 2 / (v + wm ** 2), scale=(v + wm ** 2) / (rate + wm))}

# Ratio of rates, 41 in 28,010 against 15 in 19,017 (Boice and Monson 1977): exact, conditional.
ci = stats.binomtest(41, 56).proportion_ci(0.95, "exact")
odds = lambda p: p / (1 - p) * 19017 / 28010
out["rate_ratio"] = {"estimate": (41 / 28010) / (15 / 19017), "low": odds(ci.low), "high": odds(ci.high)}
out["poisson_24"] = [stats.chi2.ppf(0.025, 48) / 2, stats.chi2.ppf(0.975, 50) / 2]
out["normal_quantiles"] = {str(p): float(stats.norm.ppf(p)) for p in (0.9, 0.95, 0.975, 0.99)}
json.dump(out, sys.stdout, indent=1)
