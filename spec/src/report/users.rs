//! Finds the variants that use a name from elsewhere, such as an image.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::diagnostic::Diagnostic;
use crate::family::Family;
use crate::matrix::{
    Cells, Depth, Matrix, MatrixQuery, MatrixRequest, PlansLeft, Roots, UNKNOWN_TEXTS, describe, each_plan,
};
use crate::plan::Plan;
use crate::report::externals::too_many;

/// The variants that use one name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Users {
    /// Which variants they are, in few words: `all 24 variants`, `device=rocm* (6 of 24 variants)`.
    pub described: String,
    /// Each of them.
    pub variants: Vec<User>,
}

/// A variant that uses a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name of the target or stage.
    pub target: String,
    /// The values of the axes that the target reads, in the order of the file.
    pub axes: Vec<(String, String)>,
    /// The platforms for which it uses the name.
    pub platforms: Vec<String>,
}

impl Family {
    /// Plans every variant for each of its platforms, and asks `names` which of `count` names the plan uses. Returns the users of each
    /// name.
    ///
    /// # Errors
    /// The mistakes in any variant. It is also an error if there are too many variants to plan all of them.
    pub fn users(
        &self,
        query: &MatrixQuery,
        count: usize,
        names: &dyn Fn(&Plan) -> BTreeSet<usize>,
    ) -> Result<Vec<Users>, Vec<Diagnostic>> {
        let matrix = Matrix::new(MatrixRequest { family: self, query }, Roots::Published)?;
        let mut cells = vec![Cells::new(); count];
        let mut wrong = Vec::new();
        let mut left = PlansLeft::default();
        let depth =
            Depth { every_platform: true, every_variant: true, unknown: UNKNOWN_TEXTS, ..Depth::default() };
        for (number, root) in matrix.roots.iter().enumerate() {
            let whole = each_plan(&matrix, number, depth, &mut left, &mut |cell, plan| {
                match plan {
                    Ok(plan) => names(&plan).into_iter().filter(|name| *name < count).for_each(|name| {
                        cells[name].entry(cell.root).or_default().insert((cell.combination, cell.platform));
                    }),
                    Err(found) => wrong.extend(found),
                }
                0
            });
            if root.sample_of.is_some() || !whole {
                wrong.push(too_many(root, "so the variants that use a name are not known"));
            }
        }
        Diagnostic::sort(&mut wrong);
        let users = cells.iter().map(|cells| Users::of(&matrix, cells));
        if wrong.is_empty() { Ok(users.collect()) } else { Err(wrong) }
    }
}

impl Users {
    fn of(matrix: &Matrix<'_>, cells: &Cells) -> Self {
        let described = describe(matrix, cells);
        let all = match described.count {
            0 => "no variant".to_owned(),
            1 => "the only variant".to_owned(),
            count => format!("all {count} variants"),
        };
        let mut variants = Vec::new();
        for (root, cells) in cells {
            let root = &matrix.roots[*root];
            let mut platforms: BTreeMap<usize, Vec<String>> = BTreeMap::new();
            for (combination, platform) in cells {
                platforms.entry(*combination).or_default().push(root.platforms[*platform].to_string());
            }
            let users = platforms.into_iter().map(|(combination, platforms)| User {
                target: root.name.to_string(),
                axes: root.axes(matrix.request, &root.combinations[combination]),
                platforms,
            });
            variants.extend(users);
        }
        let described = if cells.is_empty() { all } else { described.text().unwrap_or(all) };
        Self { described, variants }
    }
}
