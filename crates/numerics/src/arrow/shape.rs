//! The shape of an arrow matrix: which rows belong to a leaf, to a block or to the border.

/// Rows that are each coupled to their neighbours in one leaf and to some shared rows.
///
/// A group has `leaves` leaves of `width` rows; row `w` of leaf `l` is `members[w * leaves + l]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Rows of the leaves.
    pub members: Vec<usize>,
    /// Rows of one leaf.
    pub width: usize,
    /// Leaves.
    pub leaves: usize,
    /// Shared rows to which the leaves, and which among each other, are coupled.
    pub locals: Vec<usize>,
}

/// Where a row lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// group, position among its members
    Leaf(usize, usize),
    /// block, position in it
    Block(usize, usize),
    /// position in the border
    Border(usize),
}

/// Shared rows that are coupled to each other, and to the rows of the border that they touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Component {
    /// Its rows.
    pub(super) rows: Vec<usize>,
    /// Positions in the border of the rows that it touches, ascending.
    pub(super) border: Vec<usize>,
}

/// The shape of an arrow matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub(super) size: usize,
    pub(super) groups: Vec<Group>,
    pub(super) places: Vec<Place>,
    pub(super) components: Vec<Component>,
    /// Rows of the border.
    pub(super) border: Vec<usize>,
    /// Component of each group, and the position of each of its locals there (border rows follow the component's own).
    pub(super) targets: Vec<(usize, Vec<usize>)>,
    /// Groups, those of one component together: its block then stays in the cache.
    order: Vec<usize>,
}

impl Shape {
    /// The shape of a matrix of `size` rows in which everything that is coupled is in one of the groups; nothing if a row is
    /// in two leaves, or both in a leaf and shared.
    ///
    /// The border is chosen among the rows that are in the most groups, so that the work of elimination is least. The shared
    /// rows of each group are put into the order of elimination: see [`Shape::groups`].
    pub fn new(size: usize, groups: Vec<Group>) -> Option<Self> {
        let mut leaf = vec![None; size];
        for (g, group) in groups.iter().enumerate() {
            for (m, &row) in group.members.iter().enumerate() {
                if leaf[row].replace((g, m)).is_some() {
                    return None;
                }
            }
        }
        if groups.iter().flat_map(|group| &group.locals).any(|&row| leaf[row].is_some()) {
            return None;
        }
        let mut uses = vec![0_usize; size];
        for &row in groups.iter().flat_map(|group| &group.locals) {
            uses[row] += 1;
        }
        let shared: Vec<usize> = (0..size).filter(|&row| leaf[row].is_none()).collect();
        let mut levels: Vec<usize> = shared.iter().map(|&row| uses[row]).collect();
        levels.sort_unstable();
        levels.dedup();
        // Thinned out: a model with many different counts needs no finer choice.
        let step = levels.len().div_ceil(16).max(1);
        let candidates = levels.iter().copied().step_by(step).chain([usize::MAX]);
        let cuts = candidates.map(|most| split(size, &groups, &shared, &|row| uses[row] > most));
        let (components, border) = cuts.min_by(|a, b| work(a).total_cmp(&work(b)))?;
        Some(Self::placed(size, groups, &leaf, components, border))
    }

    fn placed(
        size: usize,
        groups: Vec<Group>,
        leaf: &[Option<(usize, usize)>],
        mut components: Vec<Component>,
        border: Vec<usize>,
    ) -> Self {
        let mut places: Vec<Place> = leaf.iter().map(|at| at.map_or(Place::Border(0), |(g, m)| Place::Leaf(g, m))).collect();
        for (b, component) in components.iter().enumerate() {
            for (i, &row) in component.rows.iter().enumerate() {
                places[row] = Place::Block(b, i);
            }
        }
        for (i, &row) in border.iter().enumerate() {
            places[row] = Place::Border(i);
        }
        // Groups that touch the border alone need a component to stand in.
        let alone = |group: &Group| !group.locals.iter().any(|&row| matches!(places[row], Place::Block(..)));
        if components.is_empty() && groups.iter().any(alone) {
            components.push(Component { rows: Vec::new(), border: Vec::new() });
        }
        let of = |group: &Group| {
            let block = group.locals.iter().find_map(|&row| match places[row] {
                Place::Block(block, _) => Some(block),
                _ => None,
            });
            block.unwrap_or(0)
        };
        let homes: Vec<usize> = groups.iter().map(of).collect();
        for (group, &home) in groups.iter().zip(&homes) {
            let touched = group.locals.iter().filter_map(|&row| match places[row] {
                Place::Border(at) => Some(at),
                _ => None,
            });
            components[home].border.extend(touched);
        }
        for component in &mut components {
            component.border.sort_unstable();
            component.border.dedup();
        }
        let mut groups = groups;
        let targets = groups.iter_mut().zip(&homes).map(|(group, &home)| {
            let component = &components[home];
            let at = |row: usize| match places[row] {
                Place::Block(_, at) => at,
                Place::Border(at) => {
                    component.rows.len() + component.border.binary_search(&at).expect("invariant: it was put there")
                }
                Place::Leaf(..) => unreachable!("invariant: locals are shared rows"),
            };
            group.locals.sort_by_key(|&row| at(row));
            (home, group.locals.iter().map(|&row| at(row)).collect())
        });
        let targets = targets.collect();
        let mut order: Vec<usize> = (0..groups.len()).collect();
        order.sort_by_key(|&group| homes[group]);
        Self { size, groups, places, components, border, targets, order }
    }

    /// Rows of the whole matrix.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The groups, their shared rows in the order in which they are eliminated.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// All groups, those that share a block one after the other: the order in which it is fastest to add them.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// Rows of each block and of the border.
    pub fn blocks(&self) -> (Vec<usize>, usize) {
        (self.components.iter().map(|component| component.rows.len()).collect(), self.border.len())
    }
}

/// Components of the shared rows that are not in the border.
fn split(size: usize, groups: &[Group], shared: &[usize], in_border: &dyn Fn(usize) -> bool) -> (Vec<Component>, Vec<usize>) {
    let mut parent: Vec<usize> = (0..size).collect();
    fn root(parent: &mut [usize], mut row: usize) -> usize {
        while parent[row] != row {
            parent[row] = parent[parent[row]];
            row = parent[row];
        }
        row
    }
    for group in groups {
        let mut first = None;
        for &row in group.locals.iter().filter(|&&row| !in_border(row)) {
            let own = root(&mut parent, row);
            match first {
                None => first = Some(own),
                Some(other) => {
                    let other = root(&mut parent, other);
                    parent[own.max(other)] = own.min(other);
                }
            }
        }
    }
    let (mut components, mut border): (Vec<Component>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut number = vec![usize::MAX; size];
    for &row in shared {
        if in_border(row) {
            border.push(row);
            continue;
        }
        let top = root(&mut parent, row);
        if number[top] == usize::MAX {
            number[top] = components.len();
            components.push(Component { rows: Vec::new(), border: Vec::new() });
        }
        components[number[top]].rows.push(row);
    }
    (components, border)
}

/// Multiplications that an elimination takes, about.
fn work((components, border): &(Vec<Component>, Vec<usize>)) -> f64 {
    let cube = |n: f64| n * n * n / 3.0;
    let b = border.len() as f64;
    let block = |component: &Component| {
        let n = component.rows.len() as f64;
        cube(n) + n * n * b + n * b * b
    };
    cube(b) + components.iter().map(block).sum::<f64>()
}
