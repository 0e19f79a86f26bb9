// The styles of the Mantine components in use, parents before children as its documentation orders them.
import "@mantine/core/styles.css";
import "./forced-colors.css";
