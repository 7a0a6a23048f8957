/** Imported first: Grafast reads this once, when it is loaded, and warns where it isn't set. */

process.env.GRAPHILE_ENV ??= 'production';
