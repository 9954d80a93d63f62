//! Distributions and functions as the document has them, names not yet resolved.

use germane_numerics::dense::Matrix;
use germane_texts::{Node, Span, nearest};

use super::binned::Binned;
use super::read::{self, Reader};
use super::{Argument, Axis, Named};
use crate::density::{Order, ShapeSpec};

/// A distribution.
#[derive(Clone, Debug)]
pub(super) struct Distribution {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) kind: Kind,
}

/// What a distribution is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A density of one observable with named arguments; lists are the same name several times.
    Simple {
        family: Family,
        arguments: Vec<(&'static str, Argument)>,
    },
    /// A formula of observables and parameters.
    Expression(Text),
    Mixture {
        summands: Vec<Named>,
        coefficients: Vec<Argument>,
        extended: bool,
    },
    Product(Vec<Named>),
    /// One of several functions, by an index.
    OneOf(OneOf),
    /// An exponential decay with a resolution.
    Decay(Decay),
    /// Bins of one observable.
    Histogram {
        axis: Axis,
        shape: ShapeSpec,
    },
    /// A normal density of several values.
    MultivariateNormal {
        x: Vec<Argument>,
        mean: Vec<Argument>,
        covariance: Matrix,
    },
    HistFactory(Binned),
    /// Known to the standard or to nobody, but not compiled here.
    Other {
        type_name: String,
        span: Span,
    },
}

/// A decay of time `t`.
#[derive(Clone, Debug)]
pub(super) struct Decay {
    pub(super) time: Argument,
    pub(super) tau: Argument,
    /// A function that is a resolution model.
    pub(super) resolution: Named,
    /// 0: after 0, 1: on both sides, 2: before 0.
    pub(super) side: i64,
}

/// Distributions of which an index chooses one: an extension of ours, the standard has no form for it.
#[derive(Clone, Debug)]
pub(super) struct OneOf {
    /// Name of the index, by default that of the distribution.
    pub(super) index: Named,
    pub(super) functions: Vec<Named>,
    pub(super) correction: f64,
}

/// A text with its place, for mistakes inside it.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) node: Node,
}

/// Families of densities of one observable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Argus,
    Bernstein,
    Chebychev,
    CrystalBall,
    DoubleCrystalBall,
    Exponential,
    Gamma,
    Gaussian,
    GeneralizedNormal,
    Landau,
    LogNormal,
    Poisson { whole: bool },
    Polynomial,
    Uniform,
}

/// Types of the document, with the key of the observable and those of the arguments (a list with `*`).
const SIMPLE: [(&str, Family, &str, &[&str]); 17] = [
    ("ARGUS_dist", Family::Argus, "mass", &["resonance", "slope", "power"]),
    ("argus_dist", Family::Argus, "mass", &["resonance", "slope", "power"]),
    ("bernstein_dist", Family::Bernstein, "x", &["coefficients*"]),
    ("bernstein_poly_dist", Family::Bernstein, "x", &["coefficients*"]),
    ("chebychev_dist", Family::Chebychev, "x", &["coefficients*"]),
    ("crystalball_dist", Family::CrystalBall, "m", &["m0", "sigma", "alpha", "n"]),
    ("crystalball_doublesided_dist", Family::DoubleCrystalBall, "m", &DOUBLE_SIDED),
    ("exponential_dist", Family::Exponential, "x", &["c"]),
    ("gamma_dist", Family::Gamma, "x", &["gamma", "beta", "mu"]),
    ("gaussian_dist", Family::Gaussian, "x", &["mean", "sigma"]),
    ("generalized_normal_dist", Family::GeneralizedNormal, "x", &["mean", "alpha", "beta"]),
    ("landau_dist", Family::Landau, "x", &["mean", "sigma"]),
    ("lognormal_dist", Family::LogNormal, "x", &["mu", "sigma"]),
    ("normal_dist", Family::Gaussian, "x", &["mean", "sigma"]),
    ("poisson_dist", Family::Poisson { whole: false }, "x", &["mean"]),
    ("polynomial_dist", Family::Polynomial, "x", &["coefficients*"]),
    ("uniform_dist", Family::Uniform, "x", &[]),
];

const DOUBLE_SIDED: [&str; 7] = ["m0", "sigma_L", "sigma_R", "alpha_L", "n_L", "alpha_R", "n_R"];

/// Types that are no densities of one observable.
const COMPOSITE: [&str; 9] = [
    "decay_dist",
    "density_function_dist",
    "generic_dist",
    "histfactory_dist",
    "histogram_dist",
    "mixture_dist",
    "multivariate_normal_dist",
    "one_of_dist",
    "product_dist",
];

/// The key of the observable among the arguments of a [`Kind::Simple`].
pub(super) const OBSERVABLE: &str = "observable";

impl Distribution {
    pub(super) fn read<'a>(reader: &mut Reader<'a>, node: &'a Node) -> Option<Self> {
        let mut keys = reader.keys(node, "a distribution");
        let name = read::name_of(&mut keys);
        let type_node = keys.optional("type");
        let type_name = keys.text("type");
        keys.finish(&mut reader.problems);
        let Named { name, span } = name?;
        if type_node.is_none() {
            // ROOT writes densities that it cannot describe in this way.
            let message = format!("distribution `{name}` has no `type`");
            let problem = germane_texts::Diagnostic::new("key", message).at(reader.source, span);
            reader.problems.push(problem.advice("the tool that wrote the document could not describe it; replace it"));
        }
        let (type_node, type_name) = (type_node?, type_name?);
        let what = format!("{type_name} `{name}`");
        let kind = match type_name {
            "generic_dist" => Kind::Expression(expression(reader, node, &what)?),
            "mixture_dist" => mixture(reader, node, &what)?,
            "product_dist" => {
                let mut keys = reader.keys(node, &*what);
                let factors = keys.required("factors");
                keys.finish(&mut reader.problems);
                Kind::Product(reader.names(factors?, &format!("`factors` of {what}")))
            }
            "one_of_dist" => Kind::OneOf(one_of(reader, node, &what, Named { name: name.clone(), span })?),
            "multivariate_normal_dist" => multivariate_normal(reader, node, &what)?,
            "decay_dist" => Kind::Decay(decay(reader, node, &what)?),
            "histogram_dist" => histogram(reader, node, &what)?,
            "histfactory_dist" => Kind::HistFactory(Binned::read(reader, node, &name)?),
            _ => match SIMPLE.iter().find(|(known, ..)| *known == type_name) {
                Some((_, family, observable, arguments)) => simple(reader, node, &what, *family, observable, arguments)?,
                None => Kind::Other { type_name: type_name.to_owned(), span: type_node.span },
            },
        };
        Some(Self { name, span, kind })
    }
}

/// The known type that is nearest to another one.
pub(super) fn nearest_type(type_name: &str) -> Option<&'static str> {
    nearest(type_name, SIMPLE.iter().map(|(known, ..)| *known).chain(COMPOSITE))
}

fn simple<'a>(
    reader: &mut Reader<'a>,
    node: &'a Node,
    what: &str,
    family: Family,
    observable: &'static str,
    arguments: &'static [&'static str],
) -> Option<Kind> {
    let mut keys = reader.keys(node, what);
    let double = family == Family::CrystalBall && node.get("alpha_L").is_some();
    let (family, arguments) = if double { (Family::DoubleCrystalBall, &DOUBLE_SIDED[..]) } else { (family, arguments) };
    let family = match family {
        Family::Poisson { .. } => Family::Poisson { whole: keys.boolean("integer").unwrap_or(false) },
        other => other,
    };
    let x = keys.required(observable);
    let nodes: Vec<(&'static str, Option<&Node>)> =
        arguments.iter().map(|key| (*key, keys.required(key.trim_end_matches('*')))).collect();
    keys.finish(&mut reader.problems);
    let mut out = Vec::new();
    // A uniform density has a list, also of one observable.
    let x = x?;
    let observables = x.as_list().unwrap_or(std::slice::from_ref(x));
    for node in observables {
        out.push((OBSERVABLE, reader.argument(node, &format!("`{observable}` of {what}"))?));
    }
    for (key, node) in nodes {
        let place = format!("`{}` of {what}", key.trim_end_matches('*'));
        let node = node?;
        match key.strip_suffix('*') {
            None => out.push((key, reader.argument(node, &place)?)),
            Some(key) => {
                let Some(items) = node.as_list() else {
                    reader.report("kind", format!("{place}: expected a list, got {}", node.kind()), node.span);
                    return None;
                };
                for item in items {
                    out.push((key, reader.argument(item, &place)?));
                }
            }
        }
    }
    Some(Kind::Simple { family, arguments: out })
}

fn mixture<'a>(reader: &mut Reader<'a>, node: &'a Node, what: &str) -> Option<Kind> {
    let mut keys = reader.keys(node, what);
    let (summands, coefficients) = (keys.required("summands"), keys.required("coefficients"));
    let extended = keys.boolean("extended");
    keys.finish(&mut reader.problems);
    let summands = reader.names(summands?, &format!("`summands` of {what}"));
    let list = coefficients?;
    let place = format!("`coefficients` of {what}");
    let items = list.as_list().unwrap_or_default();
    let coefficients: Vec<Argument> = items.iter().filter_map(|item| reader.argument(item, &place)).collect();
    let (count, of) = (coefficients.len(), summands.len());
    if of == 0 || !(count == of || count + 1 == of) {
        reader.report("value", format!("{what} has {of} summands and {count} coefficients"), list.span);
        return None;
    }
    let extended = extended.unwrap_or(count == of);
    if extended && count != of {
        reader.report("value", format!("{what} is extended, but has fewer coefficients than summands"), list.span);
        return None;
    }
    Some(Kind::Mixture { summands, coefficients, extended })
}

fn decay<'a>(reader: &mut Reader<'a>, node: &'a Node, what: &str) -> Option<Decay> {
    let mut keys = reader.keys(node, what);
    let [time, tau, resolution, side] = ["t", "tau", "resolutionModel", "decayType"].map(|key| keys.required(key));
    let number = keys.integer("decayType");
    keys.text("resolutionModel");
    keys.finish(&mut reader.problems);
    let (resolution, side) = (resolution?, side?);
    let time = reader.argument(time?, &format!("`t` of {what}"))?;
    let tau = reader.argument(tau?, &format!("`tau` of {what}"))?;
    let side_number = number?;
    if !(0..=2).contains(&side_number) {
        let message = format!("`decayType` of {what} is {side_number}: 0 single-sided, 1 double-sided, 2 flipped");
        reader.report("value", message, side.span);
        return None;
    }
    let resolution = Named { name: resolution.as_text()?.to_owned(), span: resolution.span };
    Some(Decay { time, tau, resolution, side: side_number })
}

/// Bins as ROOT writes them; `order` 1 makes it linear between their centres.
fn histogram<'a>(reader: &mut Reader<'a>, node: &'a Node, what: &str) -> Option<Kind> {
    let mut keys = reader.keys(node, what.to_owned());
    let (data, order) = (keys.required("data"), keys.integer("order"));
    let order_span = keys.optional("order").map_or(node.span, |node| node.span);
    keys.finish(&mut reader.problems);
    let data = data?;
    let mut keys = reader.keys(data, format!("`data` of {what}"));
    keys.required("axes");
    let (axes, contents) = (keys.list("axes"), keys.required("contents"));
    keys.finish(&mut reader.problems);
    let axes = reader.axes(axes?, what);
    let contents = contents?;
    let numbers = reader.numbers(contents, &format!("`contents` of {what}"));
    let order = match order.unwrap_or(0) {
        0 => Order::Constant,
        1 => Order::Linear,
        other => {
            reader.report("value", format!("`order` of {what} is {other}, 0 or 1 are known"), order_span);
            return None;
        }
    };
    let [axis] = axes.as_slice() else {
        reader.report("value", format!("{what} has {} axes, one is known", axes.len()), data.span);
        return None;
    };
    match ShapeSpec::histogram(&axis.edges, &numbers, order) {
        Ok(shape) => Some(Kind::Histogram { axis: axis.clone(), shape }),
        Err(message) => {
            reader.report("value", format!("{what}: {message}"), contents.span);
            None
        }
    }
}

fn one_of<'a>(reader: &mut Reader<'a>, node: &'a Node, what: &str, own: Named) -> Option<OneOf> {
    let mut keys = reader.keys(node, what);
    let functions = keys.required("distributions");
    let (index, correction) = (keys.optional("index"), keys.optional("correction"));
    keys.text("index");
    keys.finish(&mut reader.problems);
    let list = functions?;
    let functions = reader.names(list, &format!("`distributions` of {what}"));
    if functions.is_empty() {
        reader.report("value", format!("{what} has no distributions"), list.span);
        return None;
    }
    let index = match index {
        Some(node) => Named { name: node.as_text()?.to_owned(), span: node.span },
        None => own,
    };
    let correction = match correction {
        Some(node) => {
            let value = reader.number(node, &format!("`correction` of {what}"))?;
            if value < 0.0 {
                reader.report("value", format!("`correction` of {what} is {value}, below 0"), node.span);
            }
            value
        }
        None => 1.0,
    };
    Some(OneOf { index, functions, correction })
}

fn multivariate_normal<'a>(reader: &mut Reader<'a>, node: &'a Node, what: &str) -> Option<Kind> {
    let mut keys = reader.keys(node, what);
    let lists = ["x", "mean"].map(|key| keys.required(key).and_then(|_| keys.list(key)));
    let covariance = keys.required("covariances");
    keys.finish(&mut reader.problems);
    let [Some(x), Some(mean)] = lists else { return None };
    let covariance = covariance?;
    let [x, mean] = [(x, "x"), (mean, "mean")].map(|(list, key)| {
        let place = format!("`{key}` of {what}");
        list.iter().filter_map(|item| reader.argument(item, &place)).collect::<Vec<Argument>>()
    });
    let rows = covariance.as_list().unwrap_or_default();
    let values: Vec<f64> = rows.iter().flat_map(|row| row.as_list().unwrap_or_default()).filter_map(Node::as_f64).collect();
    let size = x.len();
    let square = rows.len() == size && rows.iter().all(|row| row.as_list().is_some_and(|row| row.len() == size));
    let matrix = if square { Matrix::from_rows(size, size, values) } else { None };
    let symmetric = |matrix: &Matrix| (0..size).all(|i| (0..i).all(|j| matrix[(i, j)] == matrix[(j, i)]));
    match matrix.filter(symmetric) {
        Some(covariance) if mean.len() == size && size > 0 => Some(Kind::MultivariateNormal { x, mean, covariance }),
        _ => {
            let message =
                format!("`covariances` of {what}: expected a symmetric matrix of numbers of the size of `x` and `mean`");
            reader.report("value", message, covariance.span);
            None
        }
    }
}

fn expression<'a>(reader: &mut Reader<'a>, node: &'a Node, what: &str) -> Option<Text> {
    let mut keys = reader.keys(node, what);
    let node = keys.required("expression");
    let text = keys.text("expression").map(str::to_owned);
    keys.finish(&mut reader.problems);
    Some(Text { text: text?, node: node?.clone() })
}

/// A function of parameters.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) kind: FunctionKind,
}

#[derive(Clone, Debug)]
pub(super) enum FunctionKind {
    Expression(Text),
    Sum(Vec<Argument>),
    Product(Vec<Argument>),
    Polynomial {
        x: Argument,
        coefficients: Vec<Argument>,
    },
    /// The derivative of a function in a parameter, by differences.
    Derivative {
        of: Argument,
        by: Argument,
        order: i64,
        step: f64,
    },
    /// What decays are smeared with: a Gaussian of an observable, or nothing (`spread` is mean and sigma).
    Resolution {
        x: Argument,
        spread: Option<[Argument; 2]>,
    },
    /// Of some parameters between values of each at -1 and +1.
    Interpolation(Interpolation),
    /// Not compiled here.
    Other {
        type_name: String,
        span: Span,
    },
}

/// Values at -1, 0 and +1 of some parameters, with a code for each.
#[derive(Clone, Debug)]
pub(super) struct Interpolation {
    pub(super) nominal: Argument,
    pub(super) parameters: Vec<Argument>,
    pub(super) low: Vec<Argument>,
    pub(super) high: Vec<Argument>,
    pub(super) codes: Vec<i64>,
    /// Whether the codes may multiply.
    pub(super) factors: bool,
    /// Whether values below 0 are 0.
    pub(super) positive: bool,
}

impl Function {
    pub(super) fn read<'a>(reader: &mut Reader<'a>, node: &'a Node) -> Option<Self> {
        let mut keys = reader.keys(node, "a function");
        let name = read::name_of(&mut keys);
        let type_node = keys.required("type");
        let type_name = keys.text("type");
        keys.finish(&mut reader.problems);
        let Named { name, span } = name?;
        let (type_node, type_name) = (type_node?, type_name?);
        let what = format!("{type_name} `{name}`");
        let kind = match type_name {
            "generic_function" => FunctionKind::Expression(expression(reader, node, &what)?),
            "sum" => FunctionKind::Sum(operands(reader, node, &what, "summands")?),
            "product" => FunctionKind::Product(operands(reader, node, &what, "factors")?),
            "polynomial" => {
                let mut keys = reader.keys(node, &*what);
                let x = keys.required("x");
                keys.finish(&mut reader.problems);
                let x = reader.argument(x?, &format!("`x` of {what}"))?;
                FunctionKind::Polynomial { x, coefficients: operands(reader, node, &what, "coefficients")? }
            }
            "interpolation" | "interpolation0d" => {
                FunctionKind::Interpolation(interpolation(reader, node, &what, type_name.ends_with("0d"))?)
            }
            "derivative" => derivative(reader, node, &what)?,
            "gauss_model_function" => {
                let mut keys = reader.keys(node, &*what);
                let given = ["x", "mean", "sigma"].map(|key| keys.required(key));
                keys.finish(&mut reader.problems);
                let [x, mean, sigma] = given;
                let x = reader.argument(x?, &format!("`x` of {what}"))?;
                let mean = reader.argument(mean?, &format!("`mean` of {what}"))?;
                let sigma = reader.argument(sigma?, &format!("`sigma` of {what}"))?;
                FunctionKind::Resolution { x, spread: Some([mean, sigma]) }
            }
            "truth_model_function" => {
                let mut keys = reader.keys(node, &*what);
                let x = keys.required("x");
                keys.finish(&mut reader.problems);
                FunctionKind::Resolution { x: reader.argument(x?, &format!("`x` of {what}"))?, spread: None }
            }
            _ => FunctionKind::Other { type_name: type_name.to_owned(), span: type_node.span },
        };
        Some(Self { name, span, kind })
    }
}

fn derivative<'a>(reader: &mut Reader<'a>, node: &'a Node, what: &str) -> Option<FunctionKind> {
    let mut keys = reader.keys(node, what);
    let [of, by, order] = ["function", "x", "order"].map(|key| keys.required(key));
    let (number, step) = (keys.integer("order"), keys.number("eps"));
    let (step_node, normalisation) = (keys.optional("eps"), keys.optional("normalization"));
    keys.finish(&mut reader.problems);
    if let Some(node) = normalisation {
        reader.report("value", format!("{what}: derivatives of normalised densities are not known"), node.span);
        return None;
    }
    let of = reader.argument(of?, &format!("`function` of {what}"))?;
    let by = reader.argument(by?, &format!("`x` of {what}"))?;
    // ROOT's default.
    let (order_node, number, step) = (order?, number?, step.unwrap_or(1e-3));
    if !(1..=3).contains(&number) {
        reader.report("value", format!("`order` of {what} is {number}, 1 to 3 are known"), order_node.span);
        return None;
    }
    if !(step > 0.0) {
        let span = step_node.map_or(node.span, |node| node.span);
        reader.report("value", format!("`eps` of {what} is {step}, not positive"), span);
        return None;
    }
    Some(FunctionKind::Derivative { of, by, order: number, step })
}

fn interpolation<'a>(reader: &mut Reader<'a>, node: &'a Node, what: &str, factors: bool) -> Option<Interpolation> {
    let mut keys = reader.keys(node, what);
    let nominal = keys.required("nom");
    let codes = keys.optional("interpolationCodes");
    let positive = keys.boolean("positiveDefinite").unwrap_or(false);
    keys.finish(&mut reader.problems);
    let nominal = reader.argument(nominal?, &format!("`nom` of {what}"))?;
    let [parameters, low, high] = ["vars", "low", "high"].map(|key| operands(reader, node, what, key));
    let (parameters, low, high) = (parameters?, low?, high?);
    let codes: Vec<i64> = match codes {
        Some(codes) => codes.as_list().unwrap_or_default().iter().filter_map(Node::as_i64).collect(),
        None => vec![4; parameters.len()],
    };
    if [low.len(), high.len(), codes.len()].iter().any(|length| *length != parameters.len()) {
        let message = format!("{what}: `vars`, `low`, `high` and `interpolationCodes` have different lengths");
        reader.report("value", message, node.span);
        return None;
    }
    Some(Interpolation { nominal, parameters, low, high, codes, factors, positive })
}

fn operands<'a>(reader: &mut Reader<'a>, node: &'a Node, what: &str, key: &str) -> Option<Vec<Argument>> {
    let mut keys = reader.keys(node, what);
    keys.required(key);
    let list = keys.list(key);
    keys.finish(&mut reader.problems);
    let place = format!("`{key}` of {what}");
    Some(list?.iter().filter_map(|item| reader.argument(item, &place)).collect())
}
