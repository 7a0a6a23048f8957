/** Imported first: says which Node this needs, before anything else fails for the want of it. */

const NEEDED = 24;

const [major] = process.versions.node.split('.');
if (Number(major) !== NEEDED) {
  process.stderr.write(
    `Plinth runs on Node ${NEEDED}, and this is Node ${process.versions.node}: start it with "npm start"\n`,
  );
  process.exit(1);
}
